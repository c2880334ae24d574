import CZstd

/// libzstd's decoding of a whole file in one call, to compare with.
enum ZstdOneShot {
  /// nil where libzstd refuses the file.
  static func decode(_ stored: [UInt8], room: Int) -> [UInt8]? {
    var output = [UInt8](repeating: 0, count: room)
    let result = ZSTD_decompress(&output, room, stored, stored.count)
    return ZSTD_isError(result) == 0 ? Array(output.prefix(result)) : nil
  }
}
