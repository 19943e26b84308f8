/* Decoding and encoding (RFC 9496 sections 4.3.1, 4.3.2) in two halves, around the square root that
 * makes nearly all of the cost, so that batches can take several roots at a time. Used by this
 * folder only. Constant time. */
#ifndef UNDERSIGNED_RISTRETTO_H
#define UNDERSIGNED_RISTRETTO_H

#include "point.h"

struct ristretto_decoding {
	struct fe s, u1, u2, v;
	uint64_t is_canonical;
};

/* Sets *radicand, of which the caller takes the inverse square root: fe_sqrt_ratio(root, 1,
 * radicand). Then end returns 1, or 0 if the encoding is bad, and *out is not to be used. */
void ristretto_decode_begin(struct ristretto_decoding *decoding, struct fe *radicand,
			    const uint8_t in[static POINT_BYTES]);
UNDERSIGN_MUST_CHECK uint64_t ristretto_decode_end(struct point *out,
						   const struct ristretto_decoding *decoding,
						   const struct fe *root, uint64_t was_square);

/* Decodes without a root, given the coordinates: 1 if and only if decode_begin and decode_end
 * accept the encoding with just these (doc/field-bounds.md, "Recalled points"). Else *out is not to
 * be used. */
UNDERSIGN_MUST_CHECK uint64_t ristretto_recall(struct point *out,
					       const uint8_t in[static POINT_BYTES],
					       const uint8_t decoded[static 2 * FE_BYTES]);

struct ristretto_encoding {
	struct fe u1, u2;
};

/* Likewise. */
void ristretto_encode_begin(struct ristretto_encoding *encoding, struct fe *radicand,
			    const struct point *a);
void ristretto_encode_end(uint8_t out[static POINT_BYTES],
			  const struct ristretto_encoding *encoding, const struct point *a,
			  const struct fe *root);

#endif
