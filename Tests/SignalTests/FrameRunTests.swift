import Testing

@testable import Signal

/// Many frames at a time give what the same frames give one by one.
struct FrameRunTests {
  /// What can be seen of a ring after some frames were offered and some were read.
  private struct Sight: Equatable {
    var taken: [Int] = []
    var offered: UInt64 = 0
    var lost = FrameOverrun()
    var highWater = 0
    var headers: [FrameHeader] = []
    var indices: [UInt64] = []
    var values: [Float] = []
    var readerLost = FrameOverrun()
  }

  private static func sight(
    _ shape: FrameRingShape, runs: [Int], reads: [Int], append: (inout FrameProducer, Int) -> Int
  ) -> Sight {
    var ring = FrameRing(shape: shape)
    var producer = ring.takeProducer()
    var reader = ring.takeReader()
    var sight = Sight()
    for (run, read) in zip(runs, reads) {
      sight.taken.append(append(&producer, run))
      producer.publish()
      let available = reader.availableFrames()
      for offset in 0..<available {
        guard let frame = reader.header(at: offset) else { continue }
        sight.headers.append(frame.header)
        sight.indices.append(frame.streamIndex)
        for longest in 1...min(shape.longestWindowFrames, available - offset) {
          sight.values += reader.withFrames(at: offset, count: longest) { copy($0) } ?? []
        }
      }
      reader.advance(by: min(read, available))
    }
    sight.offered = producer.offeredFrames
    sight.lost = producer.overrun
    sight.highWater = producer.highWaterFrames
    sight.readerLost = reader.overrun
    return sight
  }

  private static func frames(_ producer: borrowing FrameProducer, _ count: Int) -> ([FrameHeader], [Float]) {
    let first = producer.offeredFrames
    let indices = (0..<UInt64(count)).map { first + $0 }
    return (indices.map(testHeader), indices.flatMap { testValues($0, channels: producer.shape.channels) })
  }

  /// Every small ring and every three runs into it, with reads between.
  @Test(arguments: [OverrunPolicy.block, .dropOldest, .dropNewest], 1...4)
  func aRunIsAppendedAsItsFramesAre(policy: OverrunPolicy, capacity: Int) {
    for longest in 1...capacity {
      let shape = FrameRingShape(
        channels: 2, capacityFrames: capacity, longestWindowFrames: longest, policy: policy)
      for code in 0..<(9 * 9 * 9 * 3) {
        let runs = [code % 9, code / 9 % 9, code / 81 % 9].map { min($0, 2 * capacity + 1) }
        let reads = [code / 729, code / 729 + 1, capacity]
        let one = Self.sight(shape, runs: runs, reads: reads) { producer, count in
          let (headers, values) = Self.frames(producer, count)
          for index in 0..<count {
            let room = producer.append(headers[index], values: values.span.extracting(2 * index..<2 * index + 2))
            if !room, policy == .block { return index }
          }
          return count
        }
        let many = Self.sight(shape, runs: runs, reads: reads) { producer, count in
          let (headers, values) = Self.frames(producer, count)
          return producer.append(headers.span, values: values.span)
        }
        #expect(one == many, "\(shape), runs \(runs), reads \(reads)")
      }
    }
  }

  /// Every stream of five frames with times, segments and values of three kinds, after every beginning.
  @Test func aRunIsJudgedAsItsFramesAre() {
    let steps: [Int64] = [4, 0, -3, 30]
    let kinds = steps.count * 3
    for code in 0..<kinds * kinds * kinds * kinds {
      var (time, segment): (Int64, Int32) = (100, 0)
      var headers: [FrameHeader] = [FrameHeader(timeNanoseconds: time)]
      var values: [Float] = [1, 2]
      var rest = code
      for _ in 0..<4 {
        time += steps[rest % steps.count]
        let oddity = rest / steps.count % 3
        segment += oddity == 1 ? 1 : 0
        headers.append(FrameHeader(timeNanoseconds: time, segment: segment))
        values += [oddity == 2 ? (rest % 2 == 0 ? .nan : -.infinity) : 3, 4]
        rest /= kinds
      }
      for first in 0...2 {
        var one = StreamQuality(gapLimitNanoseconds: 10, forwardJumpNanoseconds: 25, backwardJumpNanoseconds: 2)
        var many = one
        if code % 2 == 1 {
          one.noteDroppedFrame()
          many.noteDroppedFrame()
        }
        for index in 0..<first {
          let frame = values.span.extracting(2 * index..<2 * index + 2)
          #expect(one.admit(headers[index], values: frame) == many.admit(headers[index], values: frame))
        }
        let run = many.admitRun(headers.span.extracting(first...), values: values.span.extracting((2 * first)...))
        for index in first..<first + run.count {
          let verdict = one.admit(headers[index], values: values.span.extracting(2 * index..<2 * index + 2))
          #expect(verdict == .admitted(segment: run.segment))
        }
        #expect(one == many, "\(headers), \(values), from \(first)")
        // What stops a run is something to be decided.
        if first > 0, code % 2 == 0, run.count < headers.count - first {
          let next = first + run.count
          let (segments, counts) = (run.segment, one.counts)
          let verdict = one.admit(headers[next], values: values.span.extracting(2 * next..<2 * next + 2))
          let isPlain =
            verdict == .admitted(segment: segments) && one.counts.gaps == counts.gaps
            && one.counts.clockJumpsForward == counts.clockJumpsForward
          #expect(!isPlain, "\(headers), \(values), stopped at \(next)")
        }
      }
    }
  }
}
