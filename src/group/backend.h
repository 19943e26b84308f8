/* How the large operations are computed. A backend is a table of functions; the current one is the
 * only mutable global of the core. Its initial value is portable, so forgetting to choose is slow,
 * never wrong. */
#ifndef UNDERSIGNED_BACKEND_H
#define UNDERSIGNED_BACKEND_H

#include "batch.h"

struct backend {
	const char *name; /* "portable", "ifma" */
	/* The processor and the operating system can run it. */
	bool (*is_supported)(void);
	size_t (*msm_scratch_len)(size_t n);
	void (*msm_vartime)(struct point *out, const struct scalar *scalars,
			    const struct affine *points, size_t n, void *scratch,
			    size_t scratch_len);
	size_t (*points_decode_vartime)(struct affine *out, const uint8_t *in, size_t n);
	size_t (*points_recall_vartime)(struct affine *out, const uint8_t *in,
					const uint8_t *decoded, size_t n);
	void (*points_encode)(uint8_t *out, const struct affine *in, size_t n);
	void (*points_combine)(struct point *out, const struct scalar *scalars,
			       const struct point *points, size_t n);
	size_t (*contraction_scratch_len)(void);
	void (*points_contract_each)(struct point *out, const struct point *in, size_t n_units,
				     const struct contraction *by, void *scratch,
				     size_t scratch_len);
	void (*b32_each)(uint8_t *out, const uint8_t *in, size_t n, size_t len);
	void (*scalars_multiply)(struct scalar *out, size_t out_step, const struct scalar *a,
				 size_t a_step, const struct scalar *b, size_t b_step, size_t n);
	void (*matrix_prepare)(void *prepared, const struct scalar *columns, size_t n_columns,
			       size_t n_terms);
	void (*matrix_multiply)(struct scalar *out, const struct scalar *rows, size_t n_rows,
				const void *prepared, size_t n_columns, size_t n_terms,
				void *scratch, size_t scratch_len);
};

extern const struct backend backend_portable;
#ifdef UNDERSIGNED_HAS_IFMA
extern const struct backend backend_ifma; /* AVX-512, for x86-64 */
#endif

/* Chooses by name, or the best that is supported and passes its self-test if name is NULL.
 * Not thread-safe: call it before any thread is started.
 * Returns E_MISSING for an unknown name, E_INVALID if it is unsupported or fails its self-test; the
 * choice is then unchanged. */
UNDERSIGN_MUST_CHECK enum undersign_status backend_choose(const char *name);
const struct backend *backend_current(void);
/* The i-th backend compiled in, best first; NULL past the last. */
const struct backend *backend_at(size_t i);

#endif
