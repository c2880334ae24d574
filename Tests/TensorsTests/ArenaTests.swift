import Tensors
import Testing

/// Runs a body with an arena of some bytes, aligned as arenas are.
private func withArena(bytes: Int, _ body: (borrowing Arena) -> Void) {
  let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes, 1), alignment: 16)
  defer { memory.deallocate() }
  body(Arena(unsafeMemory: UnsafeMutableRawBufferPointer(rebasing: memory[..<bytes])))
}

@Suite struct ArenaTests {
  @Test func everyViewInsideIsAtItsOffset() {
    withArena(bytes: 32) { arena in
      let base = UInt(bitPattern: arena.unsafeAddress(of: UInt8.self, at: 0, count: 32))
      for offset in 0...32 {
        for count in 0...(32 - offset) {
          #expect(UInt(bitPattern: arena.unsafeAddress(of: Int8.self, at: offset, count: count)) == base + UInt(offset))
        }
      }
      for offset in stride(from: 0, through: 32, by: 4) {
        let address = arena.unsafeAddress(of: Int32.self, at: offset, count: (32 - offset) / 4)
        #expect(UInt(bitPattern: address) == base + UInt(offset))
      }
    }
  }

  @Test func whatIsWrittenThroughOneViewIsReadThroughAnother() {
    withArena(bytes: 16) { arena in
      let words = arena.unsafeAddress(of: UInt32.self, at: 8, count: 2)
      words[0] = 0x0403_0201
      words[1] = 0x0807_0605
      let bytes = arena.unsafeAddress(of: UInt8.self, at: 8, count: 8)
      #expect((0..<8).map { bytes[$0] } == [1, 2, 3, 4, 5, 6, 7, 8])
    }
  }

  @Test func aViewPastTheEndTraps() async {
    await #expect(processExitsWith: .failure) {
      withArena(bytes: 32) { _ = $0.unsafeAddress(of: Int8.self, at: 30, count: 3) }
    }
    await #expect(processExitsWith: .failure) {
      withArena(bytes: 32) { _ = $0.unsafeAddress(of: Int32.self, at: 28, count: 2) }
    }
  }

  @Test func aViewBeforeTheStartTraps() async {
    await #expect(processExitsWith: .failure) {
      withArena(bytes: 32) { _ = $0.unsafeAddress(of: Int8.self, at: -1, count: 1) }
    }
    await #expect(processExitsWith: .failure) {
      withArena(bytes: 32) { _ = $0.unsafeAddress(of: Int8.self, at: 0, count: -1) }
    }
  }

  @Test func aCountWhoseBytesOverflowTraps() async {
    await #expect(processExitsWith: .failure) {
      withArena(bytes: 32) { _ = $0.unsafeAddress(of: Int32.self, at: 0, count: 1 << 62) }
    }
    await #expect(processExitsWith: .failure) {
      withArena(bytes: 32) { _ = $0.unsafeAddress(of: Int32.self, at: .max - 3, count: 1 << 62) }
    }
  }

  @Test func aMisalignedViewTraps() async {
    await #expect(processExitsWith: .failure) {
      withArena(bytes: 32) { _ = $0.unsafeAddress(of: Int32.self, at: 2, count: 1) }
    }
  }

  @Test func misalignedOrEmptyMemoryTraps() async {
    await #expect(processExitsWith: .failure) {
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 32, alignment: 16)
      _ = Arena(unsafeMemory: UnsafeMutableRawBufferPointer(rebasing: memory[8...]))
    }
    await #expect(processExitsWith: .failure) {
      _ = Arena(unsafeMemory: UnsafeMutableRawBufferPointer(start: nil, count: 0))
    }
  }
}
