/// Tells two sequences of frames apart without keeping them, however they came in batches.
struct FrameDigest: Equatable {
  private(set) var frames = 0
  private var times = Checksum()
  private var values = Checksum()
  private var segments = Checksum()
  private var labels = Checksum()
  private var label = ""

  mutating func add(_ batch: FrameBatch, labelNames: [String]) {
    frames += batch.count
    batch.times.withUnsafeBytes { times.add($0) }
    if batch.values.contains(where: \.isNaN) {
      // A missing value is one whatever its bits are.
      let clean = batch.values.map { $0.isNaN ? Double.nan : $0 }
      clean.withUnsafeBytes { values.add($0) }
    } else {
      batch.values.withUnsafeBytes { values.add($0) }
    }
    batch.segments.withUnsafeBytes { segments.add($0) }
    var last: Int32?
    for (place, index) in batch.labels.enumerated() where index != last {
      last = index
      let name = index < 0 ? "" : labelNames[Int(index)]
      // Another file may meet the labels in another order, so their names count, where they change.
      guard name != label else { continue }
      label = name
      withUnsafeBytes(of: Int64(frames - batch.count + place)) { labels.add($0) }
      var text = name
      text.withUTF8 { labels.add(UnsafeRawBufferPointer($0)) }
    }
  }
}
