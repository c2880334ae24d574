import Testing

@testable import TrainingCompiler

@Suite struct MemoryLadderTests {
  @Test func everyRungIsLower() throws {
    for (name, network) in try SmallNetworks.all() {
      for scheme in try SmallNetworks.schemes(network) where scheme.name != "none" {
        let plan = try TrainingPlan.compile(network, scheme: scheme)
        let ladder = try MemoryLadder(of: network, scheme: scheme, plan: plan)
        let bytes = ladder.rungs.map(\.byteCount)
        #expect(zip(bytes.dropFirst(), bytes.dropFirst(2)).allSatisfy { $0 >= $1 }, "\(name), \(scheme.name): \(bytes)")
        #expect(bytes.last == plan.arenaBytes)
      }
    }
  }
}
