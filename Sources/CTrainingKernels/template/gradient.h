// From int32 gradients to int8 errors.

/// Lanes whose bit is set become 0.
TK_INLINE i32x16 tkWithout(i32x16 v, uint32_t bits) { return tkZeroLanes(v, bits); }

TK_INLINE uint32_t tkBothBits(const uint8_t *mask, const uint8_t *otherMask, size_t element, size_t lanes) {
  uint32_t bits = mask ? tkBits(mask, element, lanes) : 0;
  if (otherMask) { bits |= tkBits(otherMask, element, lanes); }
  return bits;
}

TK_INLINE void tkLargestBlock(
    const int32_t *gradient, size_t frames, size_t stride, size_t channels, const uint8_t *mask,
    const uint8_t *otherMask, size_t channel, size_t lanes, int32_t *largest) {
  i32x16 top = {};
  for (size_t t = 0; t < frames; t++) {
    i32x16 v = tkLoad(gradient + t * stride + channel);
    i32x16 magnitude = tkMax(v, (i32x16)(0u - (u32x16)v));
    top = tkMax(top, tkWithout(magnitude, tkBothBits(mask, otherMask, t * channels + channel, lanes)));
  }
  tkStore(largest + channel, top);
}

static void tkLargest(
    const int32_t *gradient, size_t frames, size_t channels, const uint8_t *mask, const uint8_t *otherMask,
    int32_t *largest) {
  size_t stride = tkPadded(channels);
  for (size_t channel = 0; channel < channels; channel += TK_BLOCK) {
    size_t lanes = tkMinimum(TK_BLOCK, channels - channel);
    if (lanes == TK_BLOCK && channels % 8 == 0) {
      tkLargestBlock(gradient, frames, stride, channels, mask, otherMask, channel, TK_BLOCK, largest);
    } else {
      tkLargestBlock(gradient, frames, stride, channels, mask, otherMask, channel, lanes, largest);
    }
  }
}

/// What is added before the bits below the unit go: a random number of as many bits, of which 32 are drawn.
TK_INLINE i64x8 tkFraction(i64x8 words, i64x8 shift) {
  i64x8 up = words << __builtin_elementwise_max(shift - 32, (i64x8){});
  i64x8 both = (i64x8)((u64x8)up >> (u64x8)__builtin_elementwise_max(32 - shift, (i64x8){}));
  return both;
}

TK_INLINE size_t tkQuantizeBlock(
    const TKQuantization *q, size_t channel, size_t lanes, const bool isFast, const bool canSaturate) {
  size_t stride = tkPadded(q->channels);
  i32x16 mantissas = tkLoad(q->mantissas + channel);
  i32x16 shifts = tkShifts(q->shifts + channel);
  i32x16 low = tkAll(-q->limit), high = tkAll(q->limit);
  uint32_t all = (uint32_t)((1u << lanes) - 1);
  size_t saturated = 0;
  TKNarrow narrow = tkNarrow(mantissas, shifts);
  i64x8 lowShift = tkLow(shifts), highShift = tkHigh(shifts);
  i64x8 one = (i64x8){} + 1;
  i64x8 lowFraction = one << (lowShift - 1), highFraction = one << (highShift - 1);
  for (size_t t = 0; t < q->frames; t++) {
    size_t element = t * q->channels + channel;
    i32x16 v = tkLoad(q->gradient + t * stride + channel);
    i32x16 scaled;
    if (isFast) {
      scaled = tkScaleNarrow(v, &narrow);
    } else {
      if (q->isStochastic) {
        i32x16 words = (i32x16)tkWords(q->random, (u32x16)tkIota() + (uint32_t)element);
        lowFraction = tkFraction(tkLow(words) & 0xFFFFFFFFll, lowShift);
        highFraction = tkFraction(tkHigh(words) & 0xFFFFFFFFll, highShift);
      }
      scaled = tkScaleWide(v, mantissas, lowShift, highShift, lowFraction, highFraction, 1 << 30);
    }
    scaled = tkWithout(scaled, tkBothBits(q->mask, q->otherMask, element, lanes));
    if (!canSaturate) {
      tkStoreBytes(q->errors + element, scaled, lanes);
      continue;
    }
    i32x16 kept = tkClamp(scaled, low, high);
    saturated += (size_t)__builtin_popcount(tkDiffer(kept, scaled) & all);
    tkStoreBytes(q->errors + element, kept, lanes);
  }
  return saturated;
}

static size_t tkQuantize(const TKQuantization *q) {
  size_t saturated = 0;
  bool isFast = q->isNarrow && !q->isStochastic;
  for (size_t channel = 0; channel < q->channels; channel += TK_BLOCK) {
    size_t lanes = tkMinimum(TK_BLOCK, q->channels - channel);
    if (isFast && !q->canSaturate && lanes == TK_BLOCK && q->channels % 8 == 0) {
      saturated += tkQuantizeBlock(q, channel, TK_BLOCK, true, false);
    } else if (isFast) {
      saturated += tkQuantizeBlock(q, channel, lanes, true, true);
    } else {
      saturated += tkQuantizeBlock(q, channel, lanes, false, true);
    }
  }
  return saturated;
}

TK_INLINE i32x16 tkAligned(i32x16 v, TKAlignment a) {
  i64x8 half = (i64x8){} + ((int64_t)1 << (a.shift - 1));
  i64x8 shift = (i64x8){} + (int64_t)a.shift;
  i64x8 mantissa = (i64x8){} + (int64_t)a.mantissa;
  return tkJoin((tkLow(v) * mantissa + half) >> shift, (tkHigh(v) * mantissa + half) >> shift);
}

static void tkAlign(int32_t *gradient, size_t frames, size_t lanes, TKAlignment alignment) {
  size_t count = frames * lanes;
  if (alignment.shift > 62) {
    memset(gradient, 0, 4 * count);
    return;
  }
  for (size_t i = 0; i < count; i += TK_BLOCK) { tkStore(gradient + i, tkAligned(tkLoad(gradient + i), alignment)); }
}

static void tkAddAligned(
    int32_t *gradient, const int8_t *addend, size_t frames, size_t channels, TKAlignment alignment) {
  if (alignment.shift > 62) { return; }
  size_t lanes = tkPadded(channels);
  for (size_t t = 0; t < frames; t++) {
    for (size_t channel = 0; channel < channels; channel += TK_BLOCK) {
      int32_t *place = gradient + t * lanes + channel;
      size_t count = tkMinimum(TK_BLOCK, channels - channel);
      i32x16 bytes = tkLoadBytes(addend + t * channels + channel, count);
      tkStore(place, tkWrapAdd(tkLoad(place), tkAligned(bytes, alignment)));
    }
  }
}

static int64_t tkLargestProduct(const int32_t *largest, const int32_t *factors, size_t channels) {
  int64_t top = 0;
  for (size_t c = 0; c < channels; c++) {
    int64_t product = (int64_t)largest[c] * (factors ? factors[c] : 1 << 30);
    top = product > top ? product : top;
  }
  return top;
}

/// A scale's 31-bit mantissa; its exponent grows by what is returned. The value is not 0.
TK_INLINE int32_t tkNormalize(uint64_t *value) {
  int32_t excess = 33 - __builtin_clzll(*value);
  *value = excess >= 0 ? *value >> excess : *value << -excess;
  return excess;
}

static bool tkErrorFactors(
    const int32_t *factors, size_t channels, int32_t reciprocal, int32_t exponent, int32_t limit, int32_t *mantissas,
    uint8_t *shifts) {
  bool isNarrow = true;
  for (size_t c = 0; c < channels; c++) {
    uint64_t value = (uint64_t)(factors ? factors[c] : 1 << 30) * (uint64_t)reciprocal;
    int32_t mantissa = 0, shift = 1;
    if (value != 0) {
      int32_t scale = -61 - exponent + tkNormalize(&value);
      value *= (uint64_t)limit;
      scale += tkNormalize(&value);
      if (scale > -1) {
        mantissa = INT32_MAX;
      } else if (scale >= -62) {
        mantissa = (int32_t)value;
        shift = -scale;
      }
    }
    mantissas[c] = mantissa;
    shifts[c] = (uint8_t)shift;
    isNarrow &= shift > 32 || mantissa == 0;
  }
  return isNarrow;
}
