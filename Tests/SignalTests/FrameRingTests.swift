import Testing

@testable import Signal

/// Frame number `index` of a test stream: every value says which frame and channel it is.
func testValues(_ index: UInt64, channels: Int) -> [Float] {
  (0..<channels).map { Float(index) * 16 + Float($0) }
}

func testHeader(_ index: UInt64) -> FrameHeader {
  FrameHeader(timeNanoseconds: Int64(index) * 20_000_000, label: Int32(index % 5), segment: Int32(index / 7))
}

extension FrameProducer {
  mutating func appendTestFrame() -> Bool {
    let index = offeredFrames
    return append(testHeader(index), values: testValues(index, channels: shape.channels).span)
  }
}

struct FrameRingTests {
  @Test func everySmallerMemoryIsRefused() throws {
    let shape = FrameRingShape(channels: 3, capacityFrames: 4, longestWindowFrames: 2, readers: 2)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: shape.bytesNeeded, alignment: 64)
    defer { memory.deallocate() }
    for bytes in 0..<shape.bytesNeeded {
      #expect(
        throws: FrameRingError.memoryTooSmall(neededBytes: shape.bytesNeeded, availableBytes: bytes)
      ) {
        let part = UnsafeMutableRawBufferPointer(rebasing: memory[0..<bytes])
        _ = try FrameRing.make(shape: shape, unsafeMemory: part)
      }
    }
    _ = try FrameRing.make(shape: shape, unsafeMemory: memory)
  }

  @Test func memoryOffACacheLineIsRefused() {
    let shape = FrameRingShape(channels: 1, capacityFrames: 1)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: shape.bytesNeeded + 8, alignment: 64)
    defer { memory.deallocate() }
    #expect(throws: FrameRingError.memoryNotAligned(neededAlignment: 64)) {
      _ = try FrameRing.make(shape: shape, unsafeMemory: UnsafeMutableRawBufferPointer(rebasing: memory[8...]))
    }
  }

  /// Every capacity, window length and start slot: the window is there, whole, with its headers.
  @Test(arguments: 1...6) func everyWindowIsContiguousWhereverItStarts(capacity: Int) throws {
    for longest in 1...capacity {
      for channels in 1...3 {
        var ring = FrameRing(
          shape: FrameRingShape(channels: channels, capacityFrames: capacity, longestWindowFrames: longest))
        var producer = ring.takeProducer()
        var reader = ring.takeReader()
        for first in 0..<UInt64(3 * capacity) {
          while producer.appendTestFrame() {}
          producer.publish()
          #expect(reader.availableFrames() == capacity)
          for offset in 0...(capacity - longest) {
            let view = reader.withFrames(at: offset, count: longest) { copy($0) }
            let window = try #require(view)
            let expected = (0..<UInt64(longest)).flatMap {
              testValues(first + UInt64(offset) + $0, channels: channels)
            }
            #expect(window == expected)
            let found = reader.header(at: offset)
            let record = try #require(found)
            #expect(record.header == testHeader(first + UInt64(offset)))
            #expect(record.streamIndex == first + UInt64(offset))
          }
          reader.advance(by: 1)
        }
      }
    }
  }

  @Test func framesStayInvisibleUntilTheirBatchIsPublished() {
    var ring = FrameRing(shape: FrameRingShape(channels: 1, capacityFrames: 8))
    var producer = ring.takeProducer()
    var reader = ring.takeReader()
    for count in 1...5 {
      #expect(producer.appendTestFrame() == true)
      #expect(reader.availableFrames() == 0, "after \(count) frames")
    }
    producer.publish()
    #expect(reader.availableFrames() == 5)
  }

  @Test func slotsCanBeClaimedFilledInPlaceAndPublishedInParts() {
    var ring = FrameRing(shape: FrameRingShape(channels: 2, capacityFrames: 4, longestWindowFrames: 3))
    var producer = ring.takeProducer()
    var reader = ring.takeReader()
    #expect(producer.claim(3) == 3)
    #expect(producer.claim(9) == 1)
    #expect(producer.claim(1) == 0)
    for index in 0..<UInt64(2) {
      producer.fillClaimed(testHeader(index)) { values in
        values[0] = Float(index)
        values[1] = -Float(index)
      }
    }
    producer.publish()
    #expect(reader.availableFrames() == 2)
    producer.fillClaimed(testHeader(2)) { $0[0] = 2 }
    producer.publish()
    #expect(reader.availableFrames() == 3)
    #expect(reader.withFrames(at: 0, count: 3) { $0[4] } == 2)
  }

  @Test func aBlockedProducerWaitsForTheSlowestReaderUntilThatOneLeaves() {
    var ring = FrameRing(shape: FrameRingShape(channels: 1, capacityFrames: 4, readers: 2))
    var producer = ring.takeProducer()
    var fast = ring.takeReader()
    var slow = ring.takeReader()
    while producer.appendTestFrame() {}
    producer.publish()
    #expect(producer.highWaterFrames == 4)
    #expect(fast.availableFrames() == 4)
    fast.advance(by: 4)
    #expect(producer.roomFrames() == 0)
    #expect(slow.availableFrames() == 4)
    slow.advance(by: 1)
    #expect(producer.roomFrames() == 1)
    slow.leave()
    #expect(producer.roomFrames() == 4)
    #expect(producer.allReadersLeft == false)
    fast.leave()
    #expect(producer.allReadersLeft == true)
  }

  /// Every pair of positions of two readers: there is room for what both have passed.
  @Test func roomIsWhatTheSlowestReaderHasPassed() {
    for first in 0...4 {
      for second in 0...4 {
        var ring = FrameRing(shape: FrameRingShape(channels: 1, capacityFrames: 4, readers: 2))
        var producer = ring.takeProducer()
        var left = ring.takeReader()
        var right = ring.takeReader()
        while producer.appendTestFrame() {}
        producer.publish()
        #expect(left.availableFrames() == 4)
        #expect(right.availableFrames() == 4)
        left.advance(by: first)
        right.advance(by: second)
        #expect(producer.roomFrames() == min(first, second))
        #expect(producer.claim(4) == min(first, second))
      }
    }
  }

  @Test func readersFinishAfterTheLastFrameAndSeeTheFailure() {
    var ring = FrameRing(shape: FrameRingShape(channels: 1, capacityFrames: 4))
    var producer = ring.takeProducer()
    var reader = ring.takeReader()
    #expect(reader.isFinished() == false)
    #expect(producer.appendTestFrame() == true)
    producer.fail(code: 65535)
    #expect(reader.isFinished() == false)
    #expect(reader.availableFrames() == 1)
    reader.advance(by: 1)
    #expect(reader.isFinished() == true)
    #expect(reader.failureCode == 65535)
  }

  /// Offers and reads in every pattern of eight steps; what is lost plus what is read is what was offered.
  @Test(arguments: [OverrunPolicy.dropOldest, .dropNewest]) func everyLostFrameIsCounted(policy: OverrunPolicy) {
    for capacity in 1...3 {
      for pattern in 0..<256 {
        var ring = FrameRing(shape: FrameRingShape(channels: 1, capacityFrames: capacity, policy: policy))
        var producer = ring.takeProducer()
        var reader = ring.takeReader()
        var read: [UInt64] = []
        for step in 0..<8 {
          if pattern >> step & 1 == 0 {
            _ = producer.appendTestFrame()
            _ = producer.appendTestFrame()
            producer.publish()
          } else if reader.availableFrames() > 0, let frame = reader.header(at: 0) {
            #expect(frame.header == testHeader(frame.streamIndex))
            read.append(frame.streamIndex)
            reader.advance(by: 1)
          }
        }
        producer.close()
        while !reader.isFinished() {
          guard reader.availableFrames() > 0, let frame = reader.header(at: 0) else { continue }
          read.append(frame.streamIndex)
          reader.advance(by: 1)
        }
        let lost = (0..<producer.offeredFrames).filter { !read.contains($0) }
        let overrun = reader.overrun
        #expect(read == read.sorted())
        #expect(overrun.frames == UInt64(lost.count), "capacity \(capacity), pattern \(pattern)")
        if let first = lost.first, let last = lost.last {
          #expect(overrun.firstIndex == first)
          #expect(overrun.lastIndex == last)
          let gaps = lost.filter { !lost.contains($0 &- 1) }.count
          #expect(overrun.gaps == UInt64(gaps), "capacity \(capacity), pattern \(pattern)")
        }
      }
    }
  }

  @Test func holesInsideOneBatchAreCountedOneByOne() {
    var ring = FrameRing(shape: FrameRingShape(channels: 1, capacityFrames: 4, readers: 2, policy: .dropNewest))
    var producer = ring.takeProducer()
    var pacer = ring.takeReader()
    var reader = ring.takeReader()
    // Frames 0–3 fit, 4 and 5 are dropped; two are read; 6 and 7 fit, 8 is dropped.
    for _ in 0..<6 { _ = producer.appendTestFrame() }
    producer.publish()
    for consumer in 0..<2 {
      if consumer == 0 {
        #expect(pacer.availableFrames() == 4)
        pacer.advance(by: 2)
      } else {
        #expect(reader.availableFrames() == 4)
        reader.advance(by: 2)
      }
    }
    for _ in 0..<3 { _ = producer.appendTestFrame() }
    producer.close()
    #expect(reader.availableFrames() == 4)
    reader.advance(by: 4)
    #expect(reader.overrun == FrameOverrun.of(frames: 2, gaps: 1, first: 4, last: 5))
    #expect(reader.isFinished() == true)
    #expect(reader.overrun == FrameOverrun.of(frames: 3, gaps: 2, first: 4, last: 8))
    #expect(producer.overrun == FrameOverrun.of(frames: 3, gaps: 2, first: 4, last: 8))
    _ = pacer.availableFrames()
  }

  @Test func aWindowOverwrittenBeforeItsUseIsNotHandedOut() {
    for writes in 0...4 {
      var ring = FrameRing(
        shape: FrameRingShape(channels: 1, capacityFrames: 4, longestWindowFrames: 2, policy: .dropOldest))
      var producer = ring.takeProducer()
      var reader = ring.takeReader()
      for _ in 0..<3 { #expect(producer.appendTestFrame() == true) }
      producer.publish()
      #expect(reader.availableFrames() == 3)
      for _ in 0..<writes { _ = producer.appendTestFrame() }
      var calls = 0
      let window: [Float]? = reader.withFrames(at: 0, count: 2) { window in
        calls += 1
        return [window[0], window[1]]
      }
      // One free slot; the second frame overwrites the first of the window.
      #expect(window == (writes <= 1 ? [0, 1].map { testValues($0, channels: 1)[0] } : nil))
      #expect(calls == (writes <= 1 ? 1 : 0))
    }
  }

  /// A window under drop-oldest is the reader's own: neither frames that come during its use nor another reader's
  /// window change it.
  @Test func aWindowInUseIsNotOverwritten() {
    var ring = FrameRing(
      shape: FrameRingShape(channels: 2, capacityFrames: 3, longestWindowFrames: 3, readers: 2, policy: .dropOldest))
    var producer = ring.takeProducer()
    var first = ring.takeReader()
    var second = ring.takeReader()
    for _ in 0..<3 { #expect(producer.appendTestFrame() == true) }
    producer.publish()
    _ = (first.availableFrames(), second.availableFrames())
    let expected = (0..<3).flatMap { testValues(UInt64($0), channels: 2) }
    let seen: [Float]? = first.withFrames(at: 0, count: 3) { window in
      _ = second.withFrames(at: 1, count: 2) { copy($0) }
      for _ in 0..<5 { _ = producer.appendTestFrame() }
      return copy(window)
    }
    #expect(seen == expected)
    let late: [Float]? = first.withFrames(at: 0, count: 3) { copy($0) }
    #expect(late == nil)
  }

  /// With the 8-bit words of an imaginary processor, through many wraps.
  @Test func indicesOutliveTheWordsTheyArePublishedIn() {
    var seen: UInt64 = 0
    for index in stride(from: UInt64(0), through: 2000, by: 97) {
      seen = widened(UInt8(truncatingIfNeeded: index), from: seen)
      #expect(seen == index)
    }
  }
}

extension FrameOverrun {
  static func of(frames: UInt64, gaps: UInt64, first: UInt64, last: UInt64) -> FrameOverrun {
    var overrun = FrameOverrun()
    (overrun.frames, overrun.gaps, overrun.firstIndex, overrun.lastIndex) = (frames, gaps, first, last)
    return overrun
  }
}

func copy<T: BitwiseCopyable>(_ span: Span<T>) -> [T] {
  (0..<span.count).map { span[$0] }
}
