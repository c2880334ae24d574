/// Finds out which module of a file is which layer.
struct WeightMatch {
  let slots: [WeightSlot]
  let modules: [WeightModule]

  /// The layers that take a module of their own: all of them, or those without normalisation where the file has none.
  ///
  /// A network that was saved with its normalisations folded has biases in their place.
  init(slots: [WeightSlot], modules: [WeightModule]) {
    self.slots = modules.contains(where: \.isNorm) ? slots : slots.filter { $0.kind != .norm }
    self.modules = modules
  }

  /// One module for each of `slots`.
  ///
  /// - Parameter names: Of the modules in the order of the layers; nil where names and shapes are to tell.
  func run(names: [String]?) throws(WeightImportError) -> [WeightModule] {
    if let names { return try byList(names) }
    if let found = try byName() { return found }
    return try byOrder()
  }

  // MARK: As the pipeline says

  private func byList(_ names: [String]) throws(WeightImportError) -> [WeightModule] {
    guard names.count == slots.count else { throw .moduleCount(named: names.count, layers: slots.map(\.sketch)) }
    var found: [WeightModule] = []
    for (slot, name) in zip(slots, names) {
      guard let module = modules.first(where: { $0.name == name }) else {
        throw .unknownModule(name, nearest: nearest(to: name), found: modules.map(\.sketch))
      }
      guard slot.fits(module) else { throw .noModule(layer: slot.sketch, module: module.sketch, found: []) }
      found.append(module)
    }
    return found
  }

  private func nearest(to name: String) -> String? {
    modules.map { ($0.name, editDistance($0.name, name)) }.filter { $0.1 <= max(2, name.count / 3) }
      .min { $0.1 < $1.1 }?.0
  }

  // MARK: By the names of the layers

  /// Nil where the file's names are not those of the layers.
  private func byName() throws(WeightImportError) -> [WeightModule]? {
    let prefix = commonPrefix
    var byName: [String: WeightModule] = [:]
    for module in modules { byName[String(module.name.dropFirst(prefix.count))] = module }
    let named = slots.filter { byName[$0.name] != nil }
    // Few layers whose names agree by chance, such as `conv1`, tell nothing.
    guard named.count * 2 > slots.count else { return nil }
    var found: [WeightModule] = []
    for slot in slots {
      guard let module = byName[slot.name] else {
        throw .noModule(layer: slot.sketch, module: nil, found: modules.map(\.sketch))
      }
      guard slot.fits(module) else {
        throw .noModule(layer: slot.sketch, module: module.sketch, found: [])
      }
      found.append(module)
    }
    try refuseLeft(found)
    return found
  }

  /// What all names begin with and no layer's does, such as `model.`.
  private var commonPrefix: String {
    guard let first = modules.first else { return "" }
    var prefix = ""
    for part in first.name.split(separator: ".").dropLast() {
      let longer = prefix + part + "."
      guard modules.allSatisfy({ $0.name.hasPrefix(longer) }), !slots.contains(where: { $0.name.hasPrefix(longer) })
      else { break }
      prefix = longer
    }
    return prefix
  }

  private func refuseLeft(_ found: [WeightModule]) throws(WeightImportError) {
    let taken = Set(found.map(\.name))
    let left = modules.filter { !taken.contains($0.name) }
    if !left.isEmpty { throw .left(left.map(\.sketch)) }
  }

  // MARK: By shapes, and the order that numbers in names tell

  /// Tries that a search may take; names that tell no order let it wander.
  private static let stepLimit = 20_000

  private struct Search {
    var chosen: [Int] = []
    var used: Set<Int> = []
    var solutions: [[Int]] = []
    /// The most layers that could be given modules.
    var furthest = 0
    var steps = 0
  }

  private func byOrder() throws(WeightImportError) -> [WeightModule] {
    var search = Search()
    extend(&search)
    if search.solutions.count > 1 || search.steps > Self.stepLimit {
      let (first, second) = (search.solutions.first ?? [], search.solutions.dropFirst().first ?? [])
      let place =
        zip(first, second).enumerated().first { $1.0 != $1.1 }?.offset ?? min(search.furthest, slots.count - 1)
      let candidates = [first, second].compactMap { $0.indices.contains(place) ? modules[$0[place]].sketch : nil }
      throw .ambiguous(
        layer: slots[place].sketch, candidates: candidates.isEmpty ? modules.map(\.sketch) : candidates)
    }
    guard let found = search.solutions.first?.map({ modules[$0] }) else {
      throw .noModule(layer: slots[search.furthest].sketch, module: nil, found: modules.map(\.sketch))
    }
    try refuseLeft(found)
    return found
  }

  private func extend(_ search: inout Search) {
    let place = search.chosen.count
    search.furthest = max(search.furthest, min(place, slots.count - 1))
    guard place < slots.count else { return search.solutions.append(search.chosen) }
    for candidate in modules.indices where !search.used.contains(candidate) && slots[place].fits(modules[candidate]) {
      search.steps += 1
      guard search.steps <= Self.stepLimit, search.solutions.count < 2 else { return }
      // What the names say runs before it has had its turn.
      guard
        !modules.indices.contains(where: {
          !search.used.contains($0) && modules[$0].precedes(modules[candidate])
        })
      else { continue }
      search.chosen.append(candidate)
      search.used.insert(candidate)
      extend(&search)
      search.chosen.removeLast()
      search.used.remove(candidate)
    }
  }
}

/// Insertions, deletions and replacements that turn one text into another.
private func editDistance(_ left: String, _ right: String) -> Int {
  let (a, b) = (Array(left.utf8.prefix(200)), Array(right.utf8.prefix(200)))
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      (diagonal, row[j + 1]) = (row[j + 1], min(diagonal + (x == y ? 0 : 1), row[j] + 1, row[j + 1] + 1))
    }
  }
  return row[b.count]
}
