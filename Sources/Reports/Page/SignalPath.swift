/// A channel's values as the shortest path that looks the same: where more than two fall on a column of the picture,
/// the smallest and the largest of them.
struct SignalPath {
  var values: [Float]
  var left: Double
  var width: Double
  var top: Double
  var height: Double
  var low: Double
  var high: Double

  var text: String {
    let columns = max(1, Int(width))
    var text = ""
    var isDrawing = false
    func add(_ x: Double, _ value: Float) {
      guard value.isFinite else {
        isDrawing = false
        return
      }
      text += "\(isDrawing ? "L" : "M")\(Figures.coordinate(x)) \(Figures.coordinate(y(value)))"
      isDrawing = true
    }
    guard values.count > 2 * columns else {
      for (place, value) in values.enumerated() {
        add(left + (Double(place) + 0.5) / Double(values.count) * width, value)
      }
      return text
    }
    for column in 0..<columns {
      let range = column * values.count / columns..<(column + 1) * values.count / columns
      let finite = values[range].filter(\.isFinite)
      guard let smallest = finite.min(), let largest = finite.max() else {
        isDrawing = false
        continue
      }
      // In the order in which they came, so that a rise looks like one.
      let rises = (finite.firstIndex(of: smallest) ?? 0) < (finite.firstIndex(of: largest) ?? 0)
      add(left + Double(column), rises ? smallest : largest)
      if smallest != largest { add(left + Double(column), rises ? largest : smallest) }
    }
    return text
  }

  private func y(_ value: Float) -> Double {
    let share = high > low ? (Double(value) - low) / (high - low) : 0.5
    return top + (1 - max(0, min(1, share))) * height
  }
}
