// Depthwise products: a lane is a channel, and two taps or two frames are multiplied at once.

TK_INLINE void tkDepthwiseTile(TKTile sums, const TKDepthwise *p, size_t row, size_t channel, const size_t rows) {
  i32x16 start = p->start ? tkLoad(p->start + channel) : (i32x16){};
  TK_UNROLL for (size_t r = 0; r < rows; r++) { sums[r][0] = start; }
  size_t stride = p->stride * TK_BLOCK;
  const int32_t *x = p->frames + channel * p->blockFrames + row * stride;
  const int32_t *w = p->weights + channel * p->pairs;
  for (size_t i = 0; i < p->pairs; i++) {
    i32x16 weights = tkLoad(w);
    TK_UNROLL for (size_t r = 0; r < rows; r++) {
      sums[r][0] = tkPairDot(sums[r][0], tkLoad(x + r * stride), weights);
    }
    x += 2 * TK_BLOCK;
    w += TK_BLOCK;
  }
}

static void tkDepthwise(const TKDepthwise *p, const TKRequantization *q) {
  TKTile sums;
  for (size_t channel = 0; channel < p->channels; channel += TK_BLOCK) {
    size_t row = 0;
    for (; row + TK_TILE_ROWS <= p->rowCount; row += TK_TILE_ROWS) {
      tkDepthwiseTile(sums, p, row, channel, TK_TILE_ROWS);
      tkRequantizeRows(sums, 0, TK_TILE_ROWS, q, row, channel, p->channels);
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
    for (; row + TK_TILE_ROWS <= p->rowCount; row += TK_TILE_ROWS) {
      tkDepthwiseTile(sums, p, row, channel, TK_TILE_ROWS);
      TK_UNROLL for (size_t r = 0; r < TK_TILE_ROWS; r++) {
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
    TK_UNROLL for (size_t k = 0; k < taps; k++) { sums[k] = tkPairDot(sums[k], tkLoad(frames + k * TK_BLOCK), e); }
    errors += 2 * TK_BLOCK;
    frames += 2 * stride * TK_BLOCK;
  }
  TK_UNROLL for (size_t k = 0; k < taps; k++) { tkStore(result + k * lanes, sums[k]); }
}

static void tkDepthwiseTaps(
    const int32_t *errors, const int32_t *frames, size_t blockFrames, size_t rowCount, size_t stride, size_t kernel,
    size_t lanes, int32_t *result) {
  for (size_t channel = 0; channel < lanes; channel += TK_BLOCK) {
    const int32_t *e = errors + channel * rowCount, *x = frames + channel * blockFrames;
    int32_t *sums = result + channel;
    size_t k = 0;
    for (; k + 4 <= kernel; k += 4) { tkTaps(e, x + k * TK_BLOCK, rowCount, stride, lanes, 4, sums + k * lanes); }
    switch (kernel - k) {
      case 1: tkTaps(e, x + k * TK_BLOCK, rowCount, stride, lanes, 1, sums + k * lanes); break;
      case 2: tkTaps(e, x + k * TK_BLOCK, rowCount, stride, lanes, 2, sums + k * lanes); break;
      case 3: tkTaps(e, x + k * TK_BLOCK, rowCount, stride, lanes, 3, sums + k * lanes); break;
      default: break;
    }
  }
}
