#include "vectors.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512cd,avx512vnni,avx2,bmi,bmi2,lzcnt,popcnt"))), \
    apply_to = function)

#define TK_NAME "avx512vnni"
#define TK_OFFSET 128
#define TK_TILE_ROWS 8
#define TK_TILE_BLOCKS 2
#define TK_UPDATE_ROWS 4
#define TK_UPDATE_BLOCKS 4

typedef i32x16 TKWeights;
TK_INLINE TKWeights tkWeights(i32x16 bytes) { return bytes; }

TK_INLINE i32x16 tkDot(i32x16 sum, i32x16 bytes, TKWeights weights) {
  return (i32x16)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)bytes, (__m512i)weights);
}

TK_INLINE i32x16 tkSumBytes(i32x16 sum, i32x16 signedBytes) {
  return (i32x16)_mm512_dpbusd_epi32((__m512i)sum, _mm512_set1_epi8(1), (__m512i)signedBytes);
}

/// Two products of int16 in each lane.
TK_INLINE i32x16 tkPairDot(i32x16 sum, i32x16 a, i32x16 b) {
  return (i32x16)_mm512_dpwssd_epi32((__m512i)sum, (__m512i)a, (__m512i)b);
}

typedef struct {
  __m512i even, odd;
} TKHighFactor;

TK_INLINE TKHighFactor tkHighFactor(i32x16 v) {
  return (TKHighFactor){(__m512i)v, _mm512_srli_epi64((__m512i)v, 32)};
}

TK_INLINE i32x16 tkHighProduct(i32x16 v, TKHighFactor factor) {
  __m512i even = _mm512_mul_epi32((__m512i)v, factor.even);
  __m512i odd = _mm512_mul_epi32(_mm512_srli_epi64((__m512i)v, 32), factor.odd);
  return (i32x16)_mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
}

/// The factor's low halves stand in every 64-bit lane.
TK_INLINE i64x8 tkProductEven(i32x16 v, i64x8 factor) {
  return (i64x8)_mm512_mul_epi32((__m512i)v, (__m512i)factor);
}
TK_INLINE i64x8 tkProductOdd(i32x16 v, i64x8 factor) {
  return (i64x8)_mm512_mul_epi32(_mm512_srli_epi64((__m512i)v, 32), (__m512i)factor);
}
TK_INLINE i32x16 tkMergeLow(i64x8 even, i64x8 odd) {
  return (i32x16)_mm512_mask_shuffle_epi32((__m512i)even, 0xAAAA, (__m512i)odd, _MM_PERM_CCAA);
}

TK_INLINE uint32_t tkDiffer(i32x16 a, i32x16 b) { return _mm512_cmpneq_epi32_mask((__m512i)a, (__m512i)b); }
TK_INLINE bool tkAnyGreater(i32x16 a, i32x16 b) { return _mm512_cmpgt_epi32_mask((__m512i)a, (__m512i)b) != 0; }
TK_INLINE i32x16 tkZeroLanes(i32x16 v, uint32_t bits) {
  return (i32x16)_mm512_maskz_mov_epi32((__mmask16)~bits, (__m512i)v);
}

#define TK_CHANGES_BYTES
/// Adds changes of at most 64 units to up to 64 bytes, which stay in -127...127.
TK_INLINE void tkChangeBytes(int8_t *bytes, const i32x16 units[4], size_t count) {
  __m512i low = _mm512_packs_epi32((__m512i)units[0], (__m512i)units[1]);
  __m512i high = _mm512_packs_epi32((__m512i)units[2], (__m512i)units[3]);
  __m512i quads = _mm512_packs_epi16(low, high);
  // Packing keeps to pieces of 128 bits, each of which now holds four bytes of every block.
  __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  __m512i changes = _mm512_permutexvar_epi32(order, quads);
  if (count == 64) {
    __m512i sum = _mm512_adds_epi8(_mm512_loadu_si512(bytes), changes);
    _mm512_storeu_si512(bytes, _mm512_max_epi8(sum, _mm512_set1_epi8(-127)));
  } else {
    __mmask64 mask = _cvtu64_mask64(~0ull >> (64 - count));
    __m512i sum = _mm512_adds_epi8(_mm512_maskz_loadu_epi8(mask, bytes), changes);
    _mm512_mask_storeu_epi8(bytes, mask, _mm512_max_epi8(sum, _mm512_set1_epi8(-127)));
  }
}

#define TK_LOADS_PART
/// Up to 64 bytes; zeros behind them.
TK_INLINE i32x16 tkLoadPart(const int8_t *p, size_t count) {
  return (i32x16)_mm512_maskz_loadu_epi8(_cvtu64_mask64(~0ull >> (64 - count)), p);
}

#include "template/all.h"

#pragma clang attribute pop

const TKKernels *tkAVX512VNNI(void) { return &tkKernels; }

bool tkHasAVX512VNNI(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512vnni") &&
         __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}

#else

const TKKernels *tkAVX512VNNI(void) { return NULL; }
bool tkHasAVX512VNNI(void) { return false; }

#endif
