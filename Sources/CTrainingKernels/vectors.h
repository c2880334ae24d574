// Vectors of 16 lanes, which the compiler cuts into registers of the instruction set at hand, and what is done with them
// in the same way everywhere.
#ifndef TK_VECTORS_H
#define TK_VECTORS_H

#include "CTrainingKernels.h"
#include <string.h>

// No function that takes or returns a vector is called from another file, so it does not matter in which registers.
#pragma clang diagnostic ignored "-Wpsabi"

#define TK_INLINE static inline __attribute__((always_inline))
#define TK_UNROLL _Pragma("clang loop unroll(full)")

typedef int32_t i32x16 __attribute__((vector_size(64)));
typedef uint32_t u32x16 __attribute__((vector_size(64)));
typedef int64_t i64x8 __attribute__((vector_size(64)));
typedef uint64_t u64x8 __attribute__((vector_size(64)));
typedef int32_t i32x8 __attribute__((vector_size(32)));
typedef int8_t i8x16 __attribute__((vector_size(16)));
typedef uint8_t u8x16 __attribute__((vector_size(16)));
typedef int8_t i8x32 __attribute__((vector_size(32)));
typedef int8_t i8x64 __attribute__((vector_size(64)));
typedef uint8_t u8x64 __attribute__((vector_size(64)));

TK_INLINE size_t tkPadded(size_t lanes) { return (lanes + TK_BLOCK - 1) / TK_BLOCK * TK_BLOCK; }
TK_INLINE size_t tkMinimum(size_t a, size_t b) { return a < b ? a : b; }

/// One mantissa and shift, exactly as `StepFactor.step` in Swift.
TK_INLINE int64_t tkStep(int32_t gradient, int32_t mantissa, int32_t shift) {
  int64_t product = (int64_t)gradient * mantissa;
  if (shift > 62) { return 0; }
  if (shift >= 1) { return (product + ((int64_t)1 << (shift - 1))) >> shift; }
  int64_t limit = (int64_t)1 << 60;
  int left = shift < -62 ? 62 : -shift;
  if (product > limit >> left) { return limit; }
  if (product < (-limit) >> left) { return -limit; }
  return (int64_t)((uint64_t)product << left);
}

TK_INLINE uint32_t tkMix(uint32_t x) {
  x ^= x >> 16;
  x *= 0x7FEB352Du;
  x ^= x >> 15;
  x *= 0x846CA68Bu;
  x ^= x >> 16;
  return x;
}

TK_INLINE uint32_t tkWord(TKRandom random, uint32_t index) { return tkMix(tkMix(index ^ random.low) + random.high); }

/// The bits of `count` elements, at most 16, from bit `start` of a mask.
TK_INLINE uint32_t tkBits(const uint8_t *mask, size_t start, size_t count) {
  const uint8_t *first = mask + (start >> 3);
  unsigned shift = start & 7;
  if (shift == 0 && count == TK_BLOCK) {
    uint16_t bits;
    memcpy(&bits, first, 2);
    return bits;
  }
  uint32_t bits = 0;
  size_t bytes = (shift + count + 7) >> 3;
  for (size_t i = 0; i < bytes; i++) { bits |= (uint32_t)first[i] << (8 * i); }
  return (bits >> shift) & ((1u << count) - 1);
}

/// Sets bits of a cleared mask; `bits` has none behind `count`.
TK_INLINE void tkSetBits(uint8_t *mask, size_t start, size_t count, uint32_t bits) {
  uint8_t *first = mask + (start >> 3);
  unsigned shift = start & 7;
  if (shift == 0 && count == TK_BLOCK) {
    uint16_t word = (uint16_t)bits;
    memcpy(first, &word, 2);
    return;
  }
  bits <<= shift;
  for (; bits != 0; bits >>= 8) { *first++ |= (uint8_t)bits; }
}

#endif
