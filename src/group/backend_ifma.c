/* What the IFMA backend is made of, compiled without its instructions: it also answers on
 * processors that lack them. */
#include "backend_ifma.h"

#include "backend.h"
#include "matrix_backend.h"

#ifdef UNDERSIGNED_HAS_IFMA

/* The answers take into account whether the operating system saves the registers. */
static bool ifma_is_supported(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
	       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512ifma");
}

const struct backend backend_ifma = {
	.name = "ifma",
	.is_supported = ifma_is_supported,
	.msm_scratch_len = msm_ifma_scratch_len,
	.msm_vartime = msm_ifma_vartime,
	.points_decode_vartime = ristretto_ifma_decode_vartime,
	.points_recall_vartime = ristretto_ifma_recall_vartime,
	.points_encode = ristretto_ifma_encode,
	.points_combine = combine_ifma,
	.contraction_scratch_len = contract_ifma_scratch_len,
	.points_contract_each = contract_ifma_each,
	.b32_each = b32_ifma_each,
	.scalars_multiply = scalars_ifma_multiply,
	.matrix_prepare = matrix_ifma_prepare,
	.matrix_multiply = matrix_ifma_multiply,
};

#endif
