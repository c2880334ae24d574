/// Finds out what the lines of a file are made of, from those at its beginning, which stay to be read.
enum JSONLineSurvey {
  private static let maximumLines = 1000

  /// - Throws: where none of the first lines has what the options ask for, the reason that the first one gave.
  static func fields(of stream: ByteStream, options: LogReadOptions) throws(LogReadError) -> JSONLineFields {
    var refusal: LogReadError.Code?
    var looked = 0
    var start = 0
    while looked < maximumLines {
      guard let end = try lineEnd(stream, from: start, maximumBytes: options.maximumLineBytes) else { break }
      let line = UnsafeRawBufferPointer(rebasing: stream.window[start..<min(end, stream.window.count)])
      start = end + 1
      if content(of: line).isEmpty { continue }
      looked += 1
      do {
        return try fields(of: content(of: line), options: options)
      } catch {
        switch error {
        case .reason(let code): throw LogReadError(code, path: stream.path, byteOffset: 0)
        case .missing(let code): refusal = refusal ?? code
        }
      }
    }
    if let damage = stream.damage, refusal == nil {
      throw LogReadError(.damaged(damage.code), path: stream.path, byteOffset: damage.byteOffset)
    }
    let found = "a file that begins like JSON and has no line that is an object"
    throw LogReadError(refusal ?? .unsupportedFormat(found: found), path: stream.path, byteOffset: 0)
  }

  /// Where in the window a line ends; the window's end for the last line of the file, nil where there is no line, or
  /// none of a length that can be looked at.
  private static func lineEnd(
    _ stream: ByteStream, from start: Int, maximumBytes: Int
  ) throws(LogReadError) -> Int? {
    var searched = start
    // What a compressed file looks like as text stays in memory until it is read.
    let last = min(start + maximumBytes, 4 * maximumBytes)
    while true {
      let window = stream.window
      if let found = window.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) {
        return found <= last ? found : nil
      }
      searched = window.count
      guard window.count <= last else { return nil }
      if try !stream.fill() { return start < window.count && stream.damage == nil ? window.count : nil }
    }
  }

  private static func fields(
    of content: UnsafeRawBufferPointer, options: LogReadOptions
  ) throws(JSONLineFields.Failure) -> JSONLineFields {
    var survey = JSONSurvey(maximumLeaves: max(4096, options.maximumChannels))
    guard content.first == UInt8(ascii: "{"), var scanner = JSONScanner(content), scanner.scan(&survey) else {
      throw .missing(.unsupportedFormat(found: "a first line that begins like JSON and is no object"))
    }
    if survey.hasLongPaths { throw .reason(.malformedHeader(reason: LeafPathLimit.sentence)) }
    if survey.overflowed {
      throw .reason(.tooManyChannels(count: survey.leaves.count, limit: options.maximumChannels))
    }
    return try JSONLineFields(survey.leaves, hashes: survey.hashes, options: options)
  }

  /// Bytes without spaces before and behind them, and without a byte order mark.
  static func content(of line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var first = 0
    var last = line.count
    if line.starts(with: [0xEF, 0xBB, 0xBF]) { first = 3 }
    while first < last, isSpace(line[first]) { first += 1 }
    while first < last, isSpace(line[last - 1]) { last -= 1 }
    return UnsafeRawBufferPointer(rebasing: line[first..<last])
  }

  @inline(__always)
  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}
