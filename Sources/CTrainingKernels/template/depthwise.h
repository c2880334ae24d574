// Depthwise products: a lane is a channel.

/// One tile is some output frames of one block; the weights of the block are read from memory again for each.
#define TK_DEPTHWISE_ROWS 4

TK_INLINE i32x16 tkWrapAdd(i32x16 a, i32x16 b) { return (i32x16)((u32x16)a + (u32x16)b); }
TK_INLINE i32x16 tkWrapMultiply(i32x16 a, i32x16 b) { return (i32x16)((u32x16)a * (u32x16)b); }

TK_INLINE void tkDepthwiseRows(
    const TKDepthwise *p, const TKRequantization *q, size_t row, size_t channel, const size_t rows) {
  size_t lanes = tkPadded(p->channels);
  TKTile sums;
  i32x16 start = tkLoad(p->start + channel);
  TK_UNROLL for (size_t r = 0; r < rows; r++) { sums[r][0] = start; }
  const int8_t *x = p->frames + row * p->stride * lanes + channel;
  for (size_t k = 0; k < p->kernel; k++) {
    i32x16 weights = tkLoad(p->weights + k * lanes + channel);
    TK_UNROLL for (size_t r = 0; r < rows; r++) {
      i32x16 bytes = tkLoadBytes(x + (r * p->stride + k) * lanes, TK_BLOCK);
      sums[r][0] = tkWrapAdd(sums[r][0], tkWrapMultiply(bytes, weights));
    }
  }
  tkRequantizeRows(sums, 0, rows, q, row, channel, p->channels);
}

static void tkDepthwise(const TKDepthwise *p, const TKRequantization *q) {
  for (size_t channel = 0; channel < p->channels; channel += TK_BLOCK) {
    size_t row = 0;
    for (; row + TK_DEPTHWISE_ROWS <= p->rowCount; row += TK_DEPTHWISE_ROWS) {
      tkDepthwiseRows(p, q, row, channel, TK_DEPTHWISE_ROWS);
    }
    for (; row < p->rowCount; row++) { tkDepthwiseRows(p, q, row, channel, 1); }
  }
}

static void tkDepthwiseGradient(
    const int8_t *errors, const int32_t *weights, size_t inputLength, size_t outputLength, size_t kernel, size_t stride,
    size_t padding, size_t lanes, int32_t *result) {
  for (size_t channel = 0; channel < lanes; channel += TK_BLOCK) {
    // Of the first tap that reaches a frame.
    size_t tap = padding % stride, t = padding / stride;
    for (size_t frame = 0; frame < inputLength; frame++) {
      i32x16 sum = {};
      size_t row = t;
      for (size_t k = tap; k < kernel; k += stride) {
        if (row < outputLength) {
          sum = tkWrapAdd(
              sum, tkWrapMultiply(
                       tkLoadBytes(errors + row * lanes + channel, TK_BLOCK), tkLoad(weights + k * lanes + channel)));
        }
        if (row-- == 0) { break; }
      }
      tkStore(result + frame * lanes + channel, sum);
      if (++tap == stride) {
        tap = 0;
        t++;
      }
    }
  }
}

static void tkDepthwiseTap(
    const int8_t *errors, const int8_t *frames, size_t rowCount, size_t stride, size_t lanes, int32_t zero,
    int32_t *result) {
  for (size_t channel = 0; channel < lanes; channel += TK_BLOCK) {
    i32x16 sum = {}, errorSum = {};
    for (size_t t = 0; t < rowCount; t++) {
      i32x16 e = tkLoadBytes(errors + t * lanes + channel, TK_BLOCK);
      sum = tkWrapAdd(sum, tkWrapMultiply(e, tkLoadBytes(frames + t * stride * lanes + channel, TK_BLOCK)));
      errorSum = tkWrapAdd(errorSum, e);
    }
    tkStore(result + channel, tkWrapAdd(sum, tkWrapMultiply(errorSum, tkAll(-zero))));
  }
}
