#ifndef C_TRAINING_KERNELS_H
#define C_TRAINING_KERNELS_H

// Inner loops of int8 training that Swift cannot express, one set for each instruction set.
//
// Letters in shapes: T frames, C input channels, O output channels, K taps, J = K · C the patch of one output frame.
// A block is 16 lanes, a group 4 bytes that one dot-product lane multiplies at once. Arrays said to be padded have room
// for whole blocks, and what stands behind the last lane is never used.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Lanes of a block.
#define TK_BLOCK 16
/// Bytes that must be readable behind the last row of a product.
#define TK_SLACK 64

/// Activations or errors against packed weights: sum[t][o] = start[o] + Σ_j rows[t][j] · weights[o][j].
typedef struct {
  /// Bytes plus the set's offset; row t begins at `rows + t · rowStride`, and rows may overlap.
  const uint8_t *rows;
  size_t rowStride;
  size_t rowCount;
  /// Blocks of 16 outputs and groups of 4 bytes, `[16][4]` each, as far apart as the strides say.
  const int8_t *weights;
  size_t blockStride, groupStride;
  /// Of a row: ⌈J / 4⌉.
  size_t groups;
  /// `[O]`, padded.
  const int32_t *start;
  size_t outputs;
} TKProduct;

/// How int32 sums become int8: clamp(zero + round(sum · mantissa / 2^shift)), ties upward.
typedef struct {
  /// `[O]`, padded; the shifts in 1...62.
  const int32_t *mantissas;
  const uint8_t *shifts;
  /// Every shift is above 32.
  bool isNarrow;
  int32_t zero, low, high;
  /// `[T][O]`.
  int8_t *output;
  /// A bit an element, set where the rounded value lay outside the limits; cleared before, or NULL.
  uint8_t *clamped;
} TKRequantization;

/// Products of each channel with its own taps: sum[t][c] = start[c] + Σ_k x[t · stride + k][c] · weights[k][c].
///
/// Two taps are done at once, so frames and weights come as pairs of int16 in an int32.
typedef struct {
  /// `[block][frames][16]`: a frame, and in the upper half the frame behind it.
  const int32_t *frames;
  /// Frames of a block.
  size_t blockFrames;
  size_t stride;
  size_t rowCount;
  /// ⌈K / 2⌉.
  size_t pairs;
  /// `[block][pairs][16]`.
  const int32_t *weights;
  /// `[lanes]`, or NULL for zeros.
  const int32_t *start;
  size_t channels;
} TKDepthwise;

/// Random bits as `CounterRandom` draws them.
typedef struct {
  uint32_t low, high;
} TKRandom;

/// How an int32 gradient `[T][lanes]` becomes int8 errors.
typedef struct {
  const int32_t *gradient;
  size_t frames;
  size_t channels;
  /// A set bit passes no gradient; NULL passes all.
  const uint8_t *mask;
  const uint8_t *otherMask;
  /// `[C]`, padded; the shifts in 1...62.
  const int32_t *mantissas;
  const uint8_t *shifts;
  /// Every shift is above 32.
  bool isNarrow;
  /// Whether an error may lie beyond the limit; never with the fast way of narrow shifts and nearest rounding alone.
  bool canSaturate;
  bool isStochastic;
  int32_t limit;
  TKRandom random;
  /// `[T][C]`.
  int8_t *errors;
} TKQuantization;

/// Factors from int32 gradient sums to steps of 24 fraction bits, one a channel, arrays padded:
/// (sum · mantissa + 2^(shift − 1)) >> shift. A shift below 1 goes to the left; one above 62 makes every step 0.
typedef struct {
  const int32_t *mantissas;
  const int32_t *shifts;
} TKStepFactors;

/// An update of weights from sums that are made on the way: w[o][j] −= step(Σ_t e[t][o] · (x[t][j] − zero)).
typedef struct {
  /// `[⌈T / 4⌉][J, padded][4]` bytes plus the set's offset.
  const uint8_t *patches;
  /// `[⌈T / 4⌉][O, padded][4]`; zeros behind the last frame.
  const int8_t *errors;
  size_t frameGroups;
  size_t outputs;
  size_t columns;
  /// `[O]`, padded: minus zero point and offset times the sum of the output's errors.
  const int32_t *start;
  TKStepFactors factors;
  /// Of the first weight of each row, `[O]`.
  const uint32_t *firstIndices;
  /// Where each weight of a row stands in the row as described, `[J]`, padded.
  const int32_t *places;
  bool isStochastic;
  TKRandom random;
  /// `[O][J]`.
  int8_t *weights;
} TKWeightUpdate;

/// An update of depthwise weights: w[k][c] −= step(gradient[k][c]), a factor a channel.
typedef struct {
  /// `[K][lanes]`.
  const int32_t *gradient;
  size_t taps;
  size_t channels;
  TKStepFactors factors;
  /// Of the first weight of each tap, `[K]`.
  const uint32_t *firstIndices;
  /// Where each channel stands in the row as described, `[C]`, padded.
  const int32_t *places;
  bool isStochastic;
  TKRandom random;
  /// `[K][C]`.
  int8_t *weights;
} TKDepthwiseUpdate;

/// An update of int32 biases: b[c] −= step(sums[c]), within ±limit, which is at most 2^31 − 129.
typedef struct {
  /// Padded.
  const int32_t *sums;
  size_t channels;
  TKStepFactors factors;
  uint32_t firstIndex;
  /// Padded.
  const int32_t *places;
  bool isStochastic;
  TKRandom random;
  int32_t limit;
  int32_t *bias;
} TKBiasUpdate;

/// A residual add, as `residualAddInt8`.
typedef struct {
  const int8_t *left, *right;
  size_t count;
  int32_t leftZero, rightZero, leftFactor, rightFactor, shift;
  int32_t zero, low, high;
  int8_t *output;
  uint8_t *clamped;
} TKResidualAdd;

/// Integers to a coarser power-of-two unit: (value · mantissa + 2^(shift − 1)) >> shift; 0 for a shift above 62.
typedef struct {
  int32_t mantissa;
  int32_t shift;
} TKAlignment;

/// One set of kernels.
typedef struct {
  const char *name;
  /// Added to every byte that is multiplied by a weight: 128 where the instruction takes unsigned bytes.
  int32_t offset;

  /// `[O][J]` to `[block][group][16][4]`, zeros behind the last row and column; and the sum of each row, padded.
  void (*packRows)(const int8_t *weights, size_t rows, size_t columns, int8_t *packed, int32_t *sums);
  /// `[O][K][C]` to `[group][C, padded][4]` for the product with errors that lie frame behind frame: group after group,
  /// the outputs of tap `firstTap`, then of `firstTap − tapStride`, `taps` in all.
  void (*packTaps)(
      const int8_t *weights, size_t outputs, size_t kernel, size_t channels, size_t firstTap, size_t tapStride,
      size_t taps, int8_t *packed);
  /// Rows of `count` bytes, `stride` apart, to `[⌈rows / 4⌉][count, padded][4]`, with zeros for rows behind the last;
  /// each byte is changed by exclusive or with `flip`.
  void (*interleave)(
      const int8_t *bytes, size_t stride, size_t rows, size_t count, uint8_t flip, uint8_t *result);
  /// The sums of every lane: `[groups][lanes][4]` to `[lanes]`.
  void (*sumGroups)(const int8_t *packed, size_t groups, size_t lanes, int32_t *sums);
  /// Copies bytes, each changed by exclusive or with `flip`.
  void (*copy)(const int8_t *bytes, size_t count, uint8_t flip, uint8_t *result);
  /// Frames of C bytes, `stride` apart, less a zero point, as pairs `[block][before + frames + after][16]`: a frame,
  /// and in the upper half the one `distance` behind it. Frames before the first and behind the last are zeros.
  void (*pairFrames)(
      const int8_t *bytes, size_t stride, size_t frames, size_t channels, int32_t zero, size_t before, size_t after,
      size_t distance, int32_t *pairs);
  /// Rows of depthwise weights as pairs `[block][⌈taps / 2⌉][16]`: taps `first`, `first + step`, ….
  void (*pairTaps)(
      const int8_t *weights, size_t channels, size_t taps, ptrdiff_t first, ptrdiff_t step, int32_t *pairs);
  /// result[i] = base[i] − factor · sums[i], whole blocks; a NULL base is zeros.
  void (*corrected)(const int32_t *base, const int32_t *sums, int32_t factor, size_t lanes, int32_t *result);

  void (*requantizedProduct)(const TKProduct *product, const TKRequantization *requantization);
  /// Sums to `result + t · resultStride`, lanes of whole blocks.
  void (*product)(const TKProduct *product, int32_t *result, size_t resultStride);
  void (*depthwise)(const TKDepthwise *product, const TKRequantization *requantization);
  /// Sums to `result + t · resultStride`, lanes of whole blocks.
  void (*depthwiseSums)(const TKDepthwise *product, int32_t *result, size_t resultStride);
  /// Weight gradients, `[K][lanes]`: Σ_t errors[t] · frames[t · stride + k]. The errors are pairs of frames one apart,
  /// the frames pairs `stride` apart; an odd last error is paired with zeros. A block of errors has `rowCount` frames.
  void (*depthwiseTaps)(
      const int32_t *errors, const int32_t *frames, size_t blockFrames, size_t rowCount, size_t stride, size_t kernel,
      size_t lanes, int32_t *result);

  void (*residualAdd)(const TKResidualAdd *add);
  /// Σ_t values[t][c] over frames of C bytes; lanes behind C are zeros.
  void (*channelSums)(const int8_t *values, size_t frames, size_t channels, int32_t *sums);

  /// Aligns `[T][lanes]` in place.
  void (*align)(int32_t *gradient, size_t frames, size_t lanes, TKAlignment alignment);
  /// Adds aligned int8 values, `[T][C]`.
  void (*addAligned)(
      int32_t *gradient, const int8_t *addend, size_t frames, size_t channels, TKAlignment alignment);
  /// The largest magnitude of each channel, `[lanes]`, of elements that pass.
  void (*largest)(
      const int32_t *gradient, size_t frames, size_t channels, const uint8_t *mask, const uint8_t *otherMask,
      int32_t *largest);
  /// The largest product of a channel's magnitude and its factor; 2^30 for every channel without factors.
  int64_t (*largestProduct)(const int32_t *largest, const int32_t *factors, size_t channels);
  /// The factors from gradient to error as `chooseErrorScale` makes them from the largest product
  /// `2^(61 + exponent) / reciprocal`. Returns whether all shifts are above 32, those of zero factors aside.
  bool (*errorFactors)(
      const int32_t *factors, size_t channels, int32_t reciprocal, int32_t exponent, int32_t limit, int32_t *mantissas,
      uint8_t *shifts);
  /// Returns how many elements were saturated.
  size_t (*quantize)(const TKQuantization *quantization);

  void (*updateWeights)(const TKWeightUpdate *update);
  void (*updateDepthwiseWeights)(const TKDepthwiseUpdate *update);
  void (*updateBias)(const TKBiasUpdate *update);
  /// rate · constant[i] as step factors, where both are scales `mantissa · 2^exponent` with normalised mantissas;
  /// whole blocks.
  void (*stepFactors)(
      const int32_t *mantissas, const int8_t *exponents, size_t lanes, int32_t rateMantissa, int32_t rateExponent,
      int32_t *factorMantissas, int32_t *factorShifts);
} TKKernels;

/// Each is NULL where this program was not built for the processor's family.
const TKKernels *tkAVX512VNNI(void);
const TKKernels *tkAVX2(void);
const TKKernels *tkNEON(void);

/// Whether the processor that runs this, and its system, can run the set.
bool tkHasAVX512VNNI(void);
bool tkHasAVX2(void);
bool tkHasNEONDotProduct(void);

/// The value of MARTLET_SIMD in the environment, or NULL.
const char *tkForcedVariant(void);

#endif
