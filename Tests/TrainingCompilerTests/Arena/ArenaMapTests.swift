import Foundation
import Tensors
import Testing

@testable import TrainingCompiler

@Suite struct ArenaMapTests {
  private func maps() throws -> [(name: String, plan: TrainingPlan, map: ArenaMap)] {
    try SmallNetworks.all().flatMap { name, network in
      try SmallNetworks.schemes(network).prefix(5).map { scheme in
        let plan = try TrainingPlan.compile(network, scheme: scheme)
        return ("\(name), \(scheme.name)", plan, ArenaMap(plan))
      }
    }
  }

  /// Three buffers of a pretended step: `a` is read and `b` written by operation 1, which works in place.
  private func inPlace(lead: Int = 4) throws -> TrainingPlan {
    let network = try SmallNetworks.quantized(SmallNetworks.chain())
    var plan = try TrainingPlan.compile(network, scheme: .lastLayer(network))
    plan.buffers = [
      TrainingPlan.PlacedBuffer(
        name: "b", role: .error, offset: 4, byteCount: 8, firstOperation: 1, lastOperation: 2, isPersistent: false),
      TrainingPlan.PlacedBuffer(
        name: "a", role: .activation, offset: 8, byteCount: 12, firstOperation: 0, lastOperation: 1,
        isPersistent: false),
      TrainingPlan.PlacedBuffer(
        name: "w", role: .weights, offset: 0, byteCount: 4, firstOperation: 0, lastOperation: 2, isPersistent: true),
    ]
    plan.overlaps = [Placement.Overlap(input: 1, output: 0, lead: lead)]
    plan.operationNames = ["make a", "a to b", "use b"]
    (plan.arenaBytes, plan.lowerBoundBytes, plan.forwardCount) = (24, 20, 2)
    return plan
  }

  private func owners(_ plan: TrainingPlan, at operation: Int, of byte: Int) -> [Int] {
    plan.buffers.indices.filter {
      let buffer = plan.buffers[$0]
      return buffer.firstOperation <= operation && operation <= buffer.lastOperation && buffer.offset <= byte
        && byte < buffer.offset + buffer.byteCount
    }
  }

  @Test func everyByteHasItsOwnersOrIsFree() throws {
    let pretended = try inPlace()
    for (name, plan, map) in try maps() + [("in place", pretended, ArenaMap(pretended))] {
      for operation in plan.operationNames.indices {
        var next = 0
        var live = 0
        for span in map.spans(at: operation) {
          #expect(span.offset == next && span.byteCount > 0, "\(name)")
          for byte in span.offset..<span.offset + span.byteCount {
            #expect(Set(span.owners) == Set(owners(plan, at: operation, of: byte)), "\(name), byte \(byte)")
          }
          if span.owners.count > 1 {
            let pair = plan.overlaps.first { Set([$0.input, $0.output]) == Set(span.owners) }
            let overlap = try #require(pair, "\(name): two owners that nothing permits")
            #expect(plan.buffers[overlap.input].lastOperation == operation)
            #expect(plan.buffers[overlap.output].firstOperation == operation)
          }
          if !span.owners.isEmpty { live += span.byteCount }
          next += span.byteCount
        }
        #expect(next == plan.arenaBytes, "\(name)")
        let occupancy = map.operations[operation]
        #expect(occupancy.liveBytes == live && occupancy.freeBytes == plan.arenaBytes - live, "\(name)")
        #expect(occupancy.lowerBoundBytes <= plan.arenaBytes)
      }
      let peak = try #require(map.peakOperation)
      #expect(map.operations.allSatisfy { $0.liveBytes <= map.operations[peak].liveBytes })
      #expect(map.operations[..<peak].allSatisfy { $0.liveBytes < map.operations[peak].liveBytes })
      if plan.overlaps.isEmpty {
        #expect(map.bytesByRole(at: peak).reduce(0) { $0 + $1.byteCount } == map.operations[peak].liveBytes)
      }
    }
  }

  @Test func sharedBytesCountOnceAndOnlyAtTheirOperation() throws {
    let map = ArenaMap(try inPlace())
    #expect(map.operations.map(\.liveBytes) == [16, 20, 12])
    #expect(map.operations.map(\.freeBytes) == [8, 4, 12])
    #expect(map.operations.map(\.lowerBoundBytes) == [16, 20, 12])
    #expect(map.peakOperation == 1)
    #expect(
      map.spans(at: 1) == [
        ArenaMap.Span(offset: 0, byteCount: 4, owners: [2]), ArenaMap.Span(offset: 4, byteCount: 4, owners: [0]),
        ArenaMap.Span(offset: 8, byteCount: 4, owners: [0, 1]), ArenaMap.Span(offset: 12, byteCount: 8, owners: [1]),
        ArenaMap.Span(offset: 20, byteCount: 4, owners: []),
      ])
    #expect(map.bytesByRole(at: 1).map(\.byteCount) == [12, 8, 4])
  }

  @Test func theJSONHasEveryBufferAndEveryOperation() throws {
    struct File: Decodable {
      struct Buffer: Decodable, Hashable {
        var name, role: String
        var offset, bytes, firstOperation, lastOperation: Int
        var isPersistent: Bool
      }
      struct Span: Decodable, Hashable {
        var offset, bytes: Int
        var owners: [Int]
      }
      struct Operation: Decodable {
        var name: String
        var liveBytes, freeBytes, lowerBoundBytes: Int
        var buffers: [Int]
        var spans: [Span]
      }
      struct Overlap: Decodable, Hashable { var input, output, leadBytes: Int }
      var schemaVersion, arenaBytes, lowerBoundBytes, constantBytes, forwardOperations, peakOperation: Int
      var buffers: [Buffer]
      var operations: [Operation]
      var overlaps: [Overlap]
    }
    let pretended = try inPlace()
    for (name, plan, map) in try maps() + [("in place", pretended, ArenaMap(pretended))] {
      let file = try JSONDecoder().decode(File.self, from: JSONEncoder().encode(map))
      #expect(file.schemaVersion == 1 && file.arenaBytes == plan.arenaBytes && file.constantBytes == plan.constantBytes)
      #expect(file.lowerBoundBytes == plan.lowerBoundBytes && file.forwardOperations == plan.forwardCount)
      #expect(file.buffers.count == plan.buffers.count, "\(name)")
      for (written, buffer) in zip(file.buffers, plan.buffers) {
        #expect(written.name == buffer.name && written.role == buffer.role.rawValue)
        #expect(written.offset == buffer.offset && written.bytes == buffer.byteCount)
        #expect(written.firstOperation == buffer.firstOperation && written.lastOperation == buffer.lastOperation)
        #expect(written.isPersistent == buffer.isPersistent)
      }
      #expect(file.operations.map(\.name) == plan.operationNames)
      for (t, operation) in file.operations.enumerated() {
        #expect(operation.liveBytes + operation.freeBytes == plan.arenaBytes)
        #expect(operation.spans.reduce(0) { $0 + $1.bytes } == plan.arenaBytes)
        #expect(operation.spans.reduce(0) { $0 + ($1.owners.isEmpty ? 0 : $1.bytes) } == operation.liveBytes)
        #expect(operation.buffers.allSatisfy { (0..<plan.buffers.count).contains($0) })
        #expect(operation.lowerBoundBytes <= operation.liveBytes, "\(name), operation \(t)")
      }
      #expect(file.overlaps.map(\.leadBytes) == plan.overlaps.map(\.lead))
    }
  }

  @Test func theTextIsAsWideAsItIsAskedToBe() throws {
    for (name, plan, map) in try maps() {
      for columns in [48, 60, 80, 132] {
        let lines = map.text(columns: columns).split(separator: "\n", omittingEmptySubsequences: false)
        let rows = lines.dropFirst(2).prefix(1 + plan.operationNames.count)
        #expect(rows.allSatisfy { $0.count <= columns }, "\(name), \(columns): \(rows.map(\.count))")
        #expect(rows.count == 1 + plan.operationNames.count)
      }
      let text = map.text()
      #expect(!text.contains("\u{1B}"))
      #expect(map.text(hasColours: true).contains("\u{1B}["))
      let peak = try #require(map.peakOperation)
      for i in map.operations[peak].buffers { #expect(text.contains("\(plan.buffers[i].name) (")) }
    }
  }

  @Test func theTextShowsWhoHasWhat() throws {
    #expect(
      ArenaMap(try inPlace()).text(columns: 53) == """
        Arena of 24 bytes; no placement needs less than 20. Fullest at operation 1.

           operation  alive   free  offset 0 to 24
        0  make a        16      8  wwww....aaaaaaaaaaaa....
        1  a to b        20      4  wwwweeeeeeeeaaaaaaaa....
        2  use b         12     12  wwwweeeeeeee............

        a activation, e error, w weights, . free

        Alive at operation 1, a to b: 20 bytes, at least 20
          12  at  8  a (activation)
           8  at  4  b (error)
           4  at  0  w (weights)

        """)
  }
}
