#include "vectors.h"

#if defined(__aarch64__) && defined(__ARM_NEON)
#include <arm_neon.h>

#if defined(__linux__)
#include <sys/auxv.h>
#endif

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

#define TK_NAME "neon"
// The dot product takes signed bytes on both sides.
#define TK_OFFSET 0
#define TK_TILE_ROWS 4
#define TK_TILE_BLOCKS 1
#define TK_UPDATE_ROWS 2
#define TK_UPDATE_BLOCKS 2

typedef struct {
  int32x4_t q[4];
} TKQuarters;

TK_INLINE TKQuarters tkQuarters(i32x16 v) {
  TKQuarters parts;
  memcpy(&parts, &v, sizeof v);
  return parts;
}
TK_INLINE i32x16 tkWhole4(TKQuarters parts) {
  i32x16 v;
  memcpy(&v, &parts, sizeof v);
  return v;
}

typedef i32x16 TKWeights;
TK_INLINE TKWeights tkWeights(i32x16 bytes) { return bytes; }

TK_INLINE i32x16 tkDot(i32x16 sum, i32x16 bytes, TKWeights weights) {
  TKQuarters s = tkQuarters(sum), x = tkQuarters(bytes), w = tkQuarters(weights);
  TK_UNROLL for (int i = 0; i < 4; i++) {
    s.q[i] = vdotq_s32(s.q[i], vreinterpretq_s8_s32(x.q[i]), vreinterpretq_s8_s32(w.q[i]));
  }
  return tkWhole4(s);
}

TK_INLINE i32x16 tkSumBytes(i32x16 sum, i32x16 signedBytes) {
  return tkDot(sum, (i32x16){} + 0x01010101, signedBytes);
}

/// Two products of int16 in each lane.
TK_INLINE i32x16 tkPairDot(i32x16 sum, i32x16 a, i32x16 b) {
  TKQuarters s = tkQuarters(sum), x = tkQuarters(a), y = tkQuarters(b);
  TK_UNROLL for (int i = 0; i < 4; i++) {
    int16x8_t p = vreinterpretq_s16_s32(x.q[i]), q = vreinterpretq_s16_s32(y.q[i]);
    int32x4_t low = vmull_s16(vget_low_s16(p), vget_low_s16(q));
    s.q[i] = vaddq_s32(s.q[i], vpaddq_s32(low, vmull_high_s16(p, q)));
  }
  return tkWhole4(s);
}

typedef i32x16 TKHighFactor;
TK_INLINE TKHighFactor tkHighFactor(i32x16 v) { return v; }

TK_INLINE i32x16 tkHighProduct(i32x16 v, TKHighFactor factor) {
  TKQuarters a = tkQuarters(v), b = tkQuarters(factor);
  TK_UNROLL for (int i = 0; i < 4; i++) {
    int64x2_t low = vmull_s32(vget_low_s32(a.q[i]), vget_low_s32(b.q[i]));
    int64x2_t high = vmull_high_s32(a.q[i], b.q[i]);
    a.q[i] = vuzp2q_s32(vreinterpretq_s32_s64(low), vreinterpretq_s32_s64(high));
  }
  return tkWhole4(a);
}

TK_INLINE i64x8 tkEven(i32x16 v) {
  return __builtin_convertvector(__builtin_shufflevector(v, v, 0, 2, 4, 6, 8, 10, 12, 14), i64x8);
}
/// The factor's low halves stand in every 64-bit lane.
TK_INLINE i64x8 tkProductEven(i32x16 v, i64x8 factor) { return tkEven(v) * tkEven((i32x16)factor); }
TK_INLINE i64x8 tkProductOdd(i32x16 v, i64x8 factor) {
  return __builtin_convertvector(__builtin_shufflevector(v, v, 1, 3, 5, 7, 9, 11, 13, 15), i64x8) *
         tkEven((i32x16)factor);
}
TK_INLINE i32x16 tkMergeLow(i64x8 even, i64x8 odd) {
  return __builtin_shufflevector(
      (i32x16)even, (i32x16)odd, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
}

TK_INLINE i32x16 tkLaneBits(void) {
  return (i32x16){1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
}
TK_INLINE uint32_t tkDiffer(i32x16 a, i32x16 b) { return (uint32_t)__builtin_reduce_or((a != b) & tkLaneBits()); }
TK_INLINE bool tkAnyGreater(i32x16 a, i32x16 b) { return __builtin_reduce_or(a > b) != 0; }
TK_INLINE i32x16 tkZeroLanes(i32x16 v, uint32_t bits) {
  return v & ((((i32x16){} + (int32_t)bits) & tkLaneBits()) == 0);
}

#include "template/all.h"

#pragma clang attribute pop

const TKKernels *tkNEON(void) { return &tkKernels; }

bool tkHasNEONDotProduct(void) {
#if defined(__APPLE__)
  return true;
#elif defined(__linux__)
  // HWCAP_ASIMDDP of the kernel's interface.
  return (getauxval(AT_HWCAP) & (1ul << 20)) != 0;
#else
  return false;
#endif
}

#else

const TKKernels *tkNEON(void) { return NULL; }
bool tkHasNEONDotProduct(void) { return false; }

#endif
