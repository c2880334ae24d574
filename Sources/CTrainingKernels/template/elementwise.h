// Joins of activations, and sums over frames.

static void tkResidualAdd(const TKResidualAdd *p) {
  i64x8 half = (i64x8){} + ((int64_t)1 << (p->shift - 1));
  i64x8 shift = (i64x8){} + (int64_t)p->shift;
  i32x16 left = tkAll(p->leftFactor), right = tkAll(p->rightFactor);
  for (size_t i = 0; i < p->count; i += TK_BLOCK) {
    size_t lanes = tkMinimum(TK_BLOCK, p->count - i);
    i32x16 a = (lanes == TK_BLOCK ? tkLoadBytes(p->left + i, TK_BLOCK) : tkLoadBytes(p->left + i, lanes)) - p->leftZero;
    i32x16 b =
        (lanes == TK_BLOCK ? tkLoadBytes(p->right + i, TK_BLOCK) : tkLoadBytes(p->right + i, lanes)) - p->rightZero;
    i64x8 low = (tkLow(a) * tkLow(left) + tkLow(b) * tkLow(right) + half) >> shift;
    i64x8 high = (tkHigh(a) * tkHigh(left) + tkHigh(b) * tkHigh(right) + half) >> shift;
    i32x16 value = tkJoin(tkClamp64(low, -(1 << 30), 1 << 30), tkClamp64(high, -(1 << 30), 1 << 30)) + p->zero;
    i32x16 kept = tkClamp(value, tkAll(p->low), tkAll(p->high));
    tkStoreBytes(p->output + i, kept, lanes);
    if (p->clamped) { tkSetBits(p->clamped, i, lanes, tkDiffer(kept, value) & (uint32_t)((1u << lanes) - 1)); }
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
