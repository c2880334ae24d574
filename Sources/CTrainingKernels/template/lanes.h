// Lanes: loading, storing, rounding. Included once for each instruction set, behind its primitives.

TK_INLINE i32x16 tkLoad(const int32_t *p) {
  i32x16 v;
  memcpy(&v, p, sizeof v);
  return v;
}

TK_INLINE void tkStore(int32_t *p, i32x16 v) { memcpy(p, &v, sizeof v); }

TK_INLINE i32x16 tkAll(int32_t value) { return (i32x16){} + value; }

TK_INLINE i32x16 tkIota(void) { return (i32x16){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}; }

TK_INLINE i32x16 tkWrapAdd(i32x16 a, i32x16 b) { return (i32x16)((u32x16)a + (u32x16)b); }

TK_INLINE i32x16 tkMin(i32x16 a, i32x16 b) { return __builtin_elementwise_min(a, b); }
TK_INLINE i32x16 tkMax(i32x16 a, i32x16 b) { return __builtin_elementwise_max(a, b); }
TK_INLINE i32x16 tkClamp(i32x16 v, i32x16 low, i32x16 high) { return tkMin(tkMax(v, low), high); }

/// `count` signed bytes, at most 16; the other lanes are 0.
TK_INLINE i32x16 tkLoadBytes(const int8_t *p, size_t count) {
  i8x16 bytes = {};
  if (count == TK_BLOCK) {
    memcpy(&bytes, p, TK_BLOCK);
  } else {
    memcpy(&bytes, p, count);
  }
  return __builtin_convertvector(bytes, i32x16);
}

TK_INLINE void tkStoreBytes(int8_t *p, i32x16 v, size_t count) {
  i8x16 bytes = __builtin_convertvector(v, i8x16);
  if (count == TK_BLOCK) {
    memcpy(p, &bytes, TK_BLOCK);
  } else {
    memcpy(p, &bytes, count);
  }
}

TK_INLINE i32x16 tkShifts(const uint8_t *p) {
  u8x16 bytes;
  memcpy(&bytes, p, TK_BLOCK);
  return __builtin_convertvector(bytes, i32x16);
}

// MARK: 64-bit products

TK_INLINE i64x8 tkLow(i32x16 v) {
  return __builtin_convertvector(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7), i64x8);
}
TK_INLINE i64x8 tkHigh(i32x16 v) {
  return __builtin_convertvector(__builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15), i64x8);
}
/// The low 32 bits of sixteen 64-bit lanes.
TK_INLINE i32x16 tkJoin(i64x8 low, i64x8 high) {
  return __builtin_shufflevector(
      __builtin_convertvector(low, i32x8), __builtin_convertvector(high, i32x8), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
      12, 13, 14, 15);
}

TK_INLINE i64x8 tkClamp64(i64x8 v, int64_t low, int64_t high) {
  i64x8 l = (i64x8){} + low, h = (i64x8){} + high;
  return __builtin_elementwise_min(__builtin_elementwise_max(v, l), h);
}

/// round(v · mantissa / 2^shift), ties upward, for shifts above 32: the rounding bit lies in the upper half of the
/// product, so the lower half carries nothing.
typedef struct {
  TKHighFactor mantissa;
  i32x16 half, shift;
} TKNarrow;

TK_INLINE TKNarrow tkNarrow(i32x16 mantissas, i32x16 shifts) {
  // A zero factor may have a shift of 1.
  i32x16 shift = tkMax(shifts, tkAll(33)) - 32;
  return (TKNarrow){tkHighFactor(mantissas), tkAll(1) << (shift - 1), shift};
}

TK_INLINE i32x16 tkScaleNarrow(i32x16 v, const TKNarrow *factor) {
  return (tkHighProduct(v, factor->mantissa) + factor->half) >> factor->shift;
}

/// The same for any shift, from int32 sums, kept within ±`limit`, which fits 31 bits; `fraction` is what is added
/// before the bits below the unit go: half a unit, or a random part of one.
TK_INLINE i32x16 tkScaleWide(
    i32x16 v, i32x16 mantissas, i64x8 lowShift, i64x8 highShift, i64x8 lowFraction, i64x8 highFraction, int64_t limit) {
  i64x8 low = (tkLow(v) * tkLow(mantissas) + lowFraction) >> lowShift;
  i64x8 high = (tkHigh(v) * tkHigh(mantissas) + highFraction) >> highShift;
  return tkJoin(tkClamp64(low, -limit, limit), tkClamp64(high, -limit, limit));
}

// MARK: Random bits

TK_INLINE u32x16 tkMixAll(u32x16 x) {
  x ^= x >> 16;
  x *= 0x7FEB352Du;
  x ^= x >> 15;
  x *= 0x846CA68Bu;
  x ^= x >> 16;
  return x;
}

TK_INLINE u32x16 tkWords(TKRandom random, u32x16 index) {
  return tkMixAll(tkMixAll(index ^ random.low) + random.high);
}
