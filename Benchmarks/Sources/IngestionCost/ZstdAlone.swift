import Foundation
import LibZstd

/// libzstd's streaming decompression and nothing else, as its manual shows it: what the ratios are of.
enum ZstdAlone {
  /// Decompresses a file piece by piece and gives the decoded bytes.
  static func decode(_ path: String) throws -> Int {
    guard let file = fopen(path, "rb") else { throw UsageError("cannot open \(path)") }
    defer { fclose(file) }
    setvbuf(file, nil, _IONBF, 0)
    guard let context = ZSTD_createDCtx() else { throw UsageError("no memory for libzstd") }
    defer { ZSTD_freeDCtx(context) }
    let input = UnsafeMutableRawPointer.allocate(byteCount: ZSTD_DStreamInSize(), alignment: 16)
    let output = UnsafeMutableRawPointer.allocate(byteCount: ZSTD_DStreamOutSize(), alignment: 16)
    defer {
      input.deallocate()
      output.deallocate()
    }
    var total = 0
    while true {
      let count = fread(input, 1, ZSTD_DStreamInSize(), file)
      if count == 0 { return total }
      var source = ZSTD_inBuffer(src: input, size: count, pos: 0)
      while source.pos < source.size {
        var target = ZSTD_outBuffer(dst: output, size: ZSTD_DStreamOutSize(), pos: 0)
        let result = ZSTD_decompressStream(context, &target, &source)
        guard ZSTD_isError(result) == 0 else { throw UsageError(String(cString: ZSTD_getErrorName(result))) }
        total += target.pos
      }
    }
  }
}
