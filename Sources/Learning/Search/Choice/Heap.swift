/// A binary heap; of elements that no order tells apart, the one inserted first comes first.
struct Heap<Element> {
  private var elements: [(element: Element, number: Int)] = []
  private var inserted = 0
  private let precedes: (Element, Element) -> Bool

  init(_ precedes: @escaping (Element, Element) -> Bool) { self.precedes = precedes }

  var top: Element? { elements.first?.element }
  var count: Int { elements.count }

  private func isBefore(_ left: Int, _ right: Int) -> Bool {
    if precedes(elements[left].element, elements[right].element) { return true }
    if precedes(elements[right].element, elements[left].element) { return false }
    return elements[left].number < elements[right].number
  }

  mutating func insert(_ element: Element) {
    elements.append((element, inserted))
    inserted += 1
    var child = elements.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard isBefore(child, parent) else { return }
      elements.swapAt(child, parent)
      child = parent
    }
  }

  mutating func removeTop() {
    guard !elements.isEmpty else { return }
    elements.swapAt(0, elements.count - 1)
    elements.removeLast()
    var parent = 0
    while true {
      var first = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < elements.count && isBefore(child, first) {
        first = child
      }
      guard first != parent else { return }
      elements.swapAt(first, parent)
      parent = first
    }
  }
}
