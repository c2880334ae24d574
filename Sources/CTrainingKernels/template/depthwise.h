// Depthwise products: a lane is a channel, and two taps or two frames are multiplied at once.

#define TK_DEPTHWISE_ROWS 4

TK_INLINE void tkDepthwiseTile(TKTile sums, const TKDepthwise *p, size_t row, size_t channel, const size_t rows) {
  size_t lanes = tkPadded(p->channels);
  i32x16 start = p->start ? tkLoad(p->start + channel) : (i32x16){};
  TK_UNROLL for (size_t r = 0; r < rows; r++) { sums[r][0] = start; }
  const int32_t *x = p->frames + row * p->stride * lanes + channel;
  const int32_t *w = p->weights + channel;
  for (size_t i = 0; i < p->pairs; i++) {
    i32x16 weights = tkLoad(w);
    TK_UNROLL for (size_t r = 0; r < rows; r++) {
      sums[r][0] = tkPairDot(sums[r][0], tkLoad(x + r * p->stride * lanes), weights);
    }
    x += 2 * lanes;
    w += lanes;
  }
}

static void tkDepthwise(const TKDepthwise *p, const TKRequantization *q) {
  TKTile sums;
  for (size_t channel = 0; channel < p->channels; channel += TK_BLOCK) {
    size_t row = 0;
    for (; row + TK_DEPTHWISE_ROWS <= p->rowCount; row += TK_DEPTHWISE_ROWS) {
      tkDepthwiseTile(sums, p, row, channel, TK_DEPTHWISE_ROWS);
      tkRequantizeRows(sums, 0, TK_DEPTHWISE_ROWS, q, row, channel, p->channels);
    }
    for (; row < p->rowCount; row++) {
      tkDepthwiseTile(sums, p, row, channel, 1);
      tkRequantizeRows(sums, 0, 1, q, row, channel, p->channels);
    }
  }
}

static void tkDepthwiseSums(const TKDepthwise *p, int32_t *result, size_t resultStride) {
  TKTile sums;
  for (size_t channel = 0; channel < p->channels; channel += TK_BLOCK) {
    size_t row = 0;
    for (; row + TK_DEPTHWISE_ROWS <= p->rowCount; row += TK_DEPTHWISE_ROWS) {
      tkDepthwiseTile(sums, p, row, channel, TK_DEPTHWISE_ROWS);
      TK_UNROLL for (size_t r = 0; r < TK_DEPTHWISE_ROWS; r++) {
        tkStore(result + (row + r) * resultStride + channel, sums[r][0]);
      }
    }
    for (; row < p->rowCount; row++) {
      tkDepthwiseTile(sums, p, row, channel, 1);
      tkStore(result + row * resultStride + channel, sums[0][0]);
    }
  }
}

TK_INLINE void tkTaps(
    const int32_t *errors, const int32_t *frames, size_t rowCount, size_t stride, size_t lanes, const size_t taps,
    int32_t *result) {
  i32x16 sums[4] = {};
  for (size_t t = 0; t < rowCount; t += 2) {
    i32x16 e = tkLoad(errors);
    TK_UNROLL for (size_t k = 0; k < taps; k++) { sums[k] = tkPairDot(sums[k], tkLoad(frames + k * lanes), e); }
    errors += 2 * lanes;
    frames += 2 * stride * lanes;
  }
  TK_UNROLL for (size_t k = 0; k < taps; k++) { tkStore(result + k * lanes, sums[k]); }
}

static void tkDepthwiseTaps(
    const int32_t *errors, const int32_t *frames, size_t rowCount, size_t stride, size_t kernel, size_t lanes,
    int32_t *result) {
  for (size_t channel = 0; channel < lanes; channel += TK_BLOCK) {
    const int32_t *e = errors + channel, *x = frames + channel;
    int32_t *sums = result + channel;
    size_t k = 0;
    for (; k + 4 <= kernel; k += 4) { tkTaps(e, x + k * lanes, rowCount, stride, lanes, 4, sums + k * lanes); }
    switch (kernel - k) {
      case 1: tkTaps(e, x + k * lanes, rowCount, stride, lanes, 1, sums + k * lanes); break;
      case 2: tkTaps(e, x + k * lanes, rowCount, stride, lanes, 2, sums + k * lanes); break;
      case 3: tkTaps(e, x + k * lanes, rowCount, stride, lanes, 3, sums + k * lanes); break;
      default: break;
    }
  }
}
