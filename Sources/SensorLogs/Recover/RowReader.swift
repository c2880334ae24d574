/// A reader of text whose rows can be had as they stand in the file.
protocol RowReader: LogReader {
  /// The row read last, its line break included: with frames asked for one by one, that of the frame just given, and
  /// before the first one the heading of a table.
  var lastRow: UnsafeRawBufferPointer { get }
}

extension TableReader: RowReader {}
extension JSONLinesReader: RowReader {}
