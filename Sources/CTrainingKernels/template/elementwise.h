// Joins of activations, and sums over frames.

TK_INLINE void tkStoreSum(const TKResidualAdd *p, i32x16 scaled, size_t i, size_t lanes) {
  i32x16 value = scaled + p->zero;
  i32x16 kept = tkClamp(value, tkAll(p->low), tkAll(p->high));
  tkStoreBytes(p->output + i, kept, lanes);
  if (p->clamped) { tkSetBits(p->clamped, i, lanes, tkDiffer(kept, value) & (uint32_t)((1u << lanes) - 1)); }
}

static void tkResidualAdd(const TKResidualAdd *p) {
  i64x8 half = (i64x8){} + ((int64_t)1 << (p->shift - 1));
  i64x8 shift = (i64x8){} + (int64_t)p->shift;
  i64x8 left = (i64x8){} + (int64_t)p->leftFactor, right = (i64x8){} + (int64_t)p->rightFactor;
  // Sums are below 2^39, so that nothing is cut off by 32 bits.
  bool fits = p->shift >= 9;
  size_t i = 0;
  for (; fits && i + TK_BLOCK <= p->count; i += TK_BLOCK) {
    i32x16 a = tkLoadBytes(p->left + i, TK_BLOCK) - p->leftZero;
    i32x16 b = tkLoadBytes(p->right + i, TK_BLOCK) - p->rightZero;
    i64x8 even = (tkProductEven(a, left) + tkProductEven(b, right) + half) >> shift;
    i64x8 odd = (tkProductOdd(a, left) + tkProductOdd(b, right) + half) >> shift;
    tkStoreSum(p, tkMergeLow(even, odd), i, TK_BLOCK);
  }
  for (; i < p->count; i += TK_BLOCK) {
    size_t lanes = tkMinimum(TK_BLOCK, p->count - i);
    i32x16 a = tkLoadBytes(p->left + i, lanes) - p->leftZero;
    i32x16 b = tkLoadBytes(p->right + i, lanes) - p->rightZero;
    i64x8 even = (tkProductEven(a, left) + tkProductEven(b, right) + half) >> shift;
    i64x8 odd = (tkProductOdd(a, left) + tkProductOdd(b, right) + half) >> shift;
    even = tkClamp64(even, -(1 << 30), 1 << 30);
    odd = tkClamp64(odd, -(1 << 30), 1 << 30);
    tkStoreSum(p, tkMergeLow(even, odd), i, lanes);
  }
}

static void tkChannelSums(const int8_t *values, size_t frames, size_t channels, int32_t *sums) {
  for (size_t channel = 0; channel < channels; channel += TK_BLOCK) {
    size_t lanes = tkMinimum(TK_BLOCK, channels - channel);
    i32x16 sum = {};
    if (lanes == TK_BLOCK) {
      for (size_t t = 0; t < frames; t++) { sum += tkLoadBytes(values + t * channels + channel, TK_BLOCK); }
    } else {
      for (size_t t = 0; t < frames; t++) { sum += tkLoadBytes(values + t * channels + channel, lanes); }
    }
    tkStore(sums + channel, sum);
  }
}
