/// Writes LZ4 frames of independent blocks.
final class LZ4Compressor: Compressor {
  private let table: UnsafeMutablePointer<UInt32>
  private let room: UnsafeMutableRawBufferPointer
  private var pending: [UInt8] = []
  /// nil: frames carry no checksum of their content.
  private var contentHash: XXHash32?
  private let checksums: Bool
  private var frameIsOpen = false

  private static let blockBytes = 256 << 10

  init(checksums: Bool = true) {
    self.checksums = checksums
    table = .allocate(capacity: LZ4Block.hashEntries)
    room = .allocate(byteCount: Self.blockBytes, alignment: 16)
  }

  deinit {
    table.deallocate()
    room.deallocate()
  }

  func compress(_ input: UnsafeRawBufferPointer, into output: inout [UInt8], endsFrame: Bool) -> Bool {
    if !frameIsOpen { beginFrame(&output) }
    contentHash?.add(input)
    var rest = input
    // Whole blocks go straight through; only their remainders are kept.
    while pending.count + rest.count >= Self.blockBytes {
      let missing = Self.blockBytes - pending.count
      if pending.isEmpty {
        addBlock(.init(rebasing: rest.prefix(missing)), &output)
      } else {
        pending += rest.prefix(missing)
        addPending(&output)
      }
      rest = .init(rebasing: rest.dropFirst(missing))
    }
    pending += rest
    if endsFrame {
      addPending(&output)
      LZ4Frame.append(0, to: &output)
      if let contentHash { LZ4Frame.append(contentHash.value, to: &output) }
      frameIsOpen = false
    }
    return true
  }

  private func beginFrame(_ output: inout [UInt8]) {
    frameIsOpen = true
    contentHash = checksums ? XXHash32() : nil
    LZ4Frame.append(LogCompression.lz4Magic, to: &output)
    let flags = LZ4Frame.version | LZ4Frame.independentBlocks | (checksums ? LZ4Frame.contentChecksum : 0)
    let descriptor = [flags, LZ4Frame.size256KiB]
    output += descriptor
    output.append(LZ4Frame.headerChecksum(descriptor))
  }

  private func addPending(_ output: inout [UInt8]) {
    if pending.isEmpty { return }
    let block = pending
    block.withUnsafeBytes { addBlock($0, &output) }
    pending.removeAll(keepingCapacity: true)
  }

  private func addBlock(_ block: UnsafeRawBufferPointer, _ output: inout [UInt8]) {
    if let size = LZ4Block.encode(block, to: room, table: table) {
      LZ4Frame.append(UInt32(size), to: &output)
      output += room.prefix(size)
    } else {
      LZ4Frame.append(UInt32(block.count) | LZ4Frame.storedBlock, to: &output)
      output += block
    }
  }
}
