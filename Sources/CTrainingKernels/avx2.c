#include "vectors.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt"))), apply_to = function)

#define TK_NAME "avx2"
#define TK_OFFSET 128
#define TK_TILE_ROWS 4
#define TK_TILE_BLOCKS 1
#define TK_UPDATE_ROWS 2
#define TK_UPDATE_BLOCKS 2

TK_INLINE __m256i tkFirst(i32x16 v) {
  return (__m256i)__builtin_shufflevector((i64x8)v, (i64x8)v, 0, 1, 2, 3);
}
TK_INLINE __m256i tkSecond(i32x16 v) {
  return (__m256i)__builtin_shufflevector((i64x8)v, (i64x8)v, 4, 5, 6, 7);
}
TK_INLINE i32x16 tkBoth(__m256i first, __m256i second) {
  return (i32x16)__builtin_shufflevector(first, second, 0, 1, 2, 3, 4, 5, 6, 7);
}

// Without VNNI, bytes are widened to int16, of which pairs of products fit int32: nothing saturates.

typedef struct {
  __m256i even[2], odd[2];
} TKWeights;

TK_INLINE __m256i tkEvenBytes(__m256i v) { return _mm256_srai_epi16(_mm256_slli_epi16(v, 8), 8); }

TK_INLINE TKWeights tkWeights(i32x16 bytes) {
  __m256i first = tkFirst(bytes), second = tkSecond(bytes);
  return (TKWeights){
      {tkEvenBytes(first), tkEvenBytes(second)}, {_mm256_srai_epi16(first, 8), _mm256_srai_epi16(second, 8)}};
}

TK_INLINE __m256i tkDotHalf(__m256i sum, __m256i bytes, __m256i even, __m256i odd) {
  __m256i low = _mm256_madd_epi16(_mm256_and_si256(bytes, _mm256_set1_epi16(255)), even);
  __m256i high = _mm256_madd_epi16(_mm256_srli_epi16(bytes, 8), odd);
  return _mm256_add_epi32(sum, _mm256_add_epi32(low, high));
}

TK_INLINE i32x16 tkDot(i32x16 sum, i32x16 bytes, TKWeights weights) {
  return tkBoth(
      tkDotHalf(tkFirst(sum), tkFirst(bytes), weights.even[0], weights.odd[0]),
      tkDotHalf(tkSecond(sum), tkSecond(bytes), weights.even[1], weights.odd[1]));
}

TK_INLINE i32x16 tkSumBytes(i32x16 sum, i32x16 signedBytes) {
  return tkDot(sum, (i32x16){} + 0x01010101, tkWeights(signedBytes));
}

/// Two products of int16 in each lane.
TK_INLINE i32x16 tkPairDot(i32x16 sum, i32x16 a, i32x16 b) {
  return tkBoth(
      _mm256_add_epi32(tkFirst(sum), _mm256_madd_epi16(tkFirst(a), tkFirst(b))),
      _mm256_add_epi32(tkSecond(sum), _mm256_madd_epi16(tkSecond(a), tkSecond(b))));
}

typedef struct {
  __m256i even[2], odd[2];
} TKHighFactor;

TK_INLINE TKHighFactor tkHighFactor(i32x16 v) {
  __m256i first = tkFirst(v), second = tkSecond(v);
  return (TKHighFactor){{first, second}, {_mm256_srli_epi64(first, 32), _mm256_srli_epi64(second, 32)}};
}

TK_INLINE __m256i tkHighHalf(__m256i v, __m256i even, __m256i odd) {
  __m256i low = _mm256_mul_epi32(v, even);
  __m256i high = _mm256_mul_epi32(_mm256_srli_epi64(v, 32), odd);
  return _mm256_blend_epi32(_mm256_srli_epi64(low, 32), high, 0xAA);
}

TK_INLINE i32x16 tkHighProduct(i32x16 v, TKHighFactor factor) {
  return tkBoth(
      tkHighHalf(tkFirst(v), factor.even[0], factor.odd[0]), tkHighHalf(tkSecond(v), factor.even[1], factor.odd[1]));
}

/// The factor's low halves stand in every 64-bit lane.
TK_INLINE i64x8 tkProductEven(i32x16 v, i64x8 factor) {
  return (i64x8)tkBoth(
      _mm256_mul_epi32(tkFirst(v), tkFirst((i32x16)factor)), _mm256_mul_epi32(tkSecond(v), tkSecond((i32x16)factor)));
}
TK_INLINE i64x8 tkProductOdd(i32x16 v, i64x8 factor) { return tkProductEven((i32x16)((u64x8)v >> 32), factor); }
TK_INLINE i32x16 tkMergeLow(i64x8 even, i64x8 odd) {
  __m256i first = _mm256_slli_epi64(tkFirst((i32x16)odd), 32), second = _mm256_slli_epi64(tkSecond((i32x16)odd), 32);
  return tkBoth(
      _mm256_blend_epi32(tkFirst((i32x16)even), first, 0xAA), _mm256_blend_epi32(tkSecond((i32x16)even), second, 0xAA));
}

TK_INLINE uint32_t tkSigns(i32x16 v) {
  uint32_t first = (uint32_t)_mm256_movemask_ps((__m256)tkFirst(v));
  return first | (uint32_t)_mm256_movemask_ps((__m256)tkSecond(v)) << 8;
}
TK_INLINE uint32_t tkDiffer(i32x16 a, i32x16 b) { return tkSigns(a != b); }
TK_INLINE bool tkAnyGreater(i32x16 a, i32x16 b) { return tkSigns(a > b) != 0; }
TK_INLINE i32x16 tkZeroLanes(i32x16 v, uint32_t bits) {
  i32x16 each = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
  return v & ((((i32x16){} + (int32_t)bits) & each) == 0);
}

#include "template/all.h"

#pragma clang attribute pop

const TKKernels *tkAVX2(void) { return &tkKernels; }

bool tkHasAVX2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") &&
         __builtin_cpu_supports("lzcnt");
}

#else

const TKKernels *tkAVX2(void) { return NULL; }
bool tkHasAVX2(void) { return false; }

#endif
