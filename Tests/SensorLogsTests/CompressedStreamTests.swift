import Testing

@testable import SensorLogs

/// What holds for every compression of a whole file.
@Suite struct CompressedStreamTests {
  static let all: [LogCompression] = [.zstd, .gzip, .lz4]

  /// Small enough for every byte to be tried, large enough for several blocks of gzip and several frames.
  private static func frames(_ compression: LogCompression) throws -> (stored: [UInt8], plain: [UInt8]) {
    let plain = Array(fixtureTable.prefix(6000))
    let parts = [plain.prefix(2500), plain[2500..<2500], plain[2500...]]
    return (try parts.flatMap { try compressed(Array($0), compression) }, plain)
  }

  @Test(arguments: all) func theStreamDoesNotDependOnHowTheBytesArrive(compression: LogCompression) throws {
    let (stored, plain) = try Self.frames(compression)
    for piece in [1, 2, 3, 64, 1000, .max] {
      let decoded = try Decoded(stored, pieceBytes: piece)
      #expect(decoded.bytes == plain && decoded.damage == nil, "pieces of \(piece)")
    }
  }

  @Test(arguments: all) func anyCutKeepsWhatIsBeforeItAndIsReported(compression: LogCompression) throws {
    let (stored, plain) = try Self.frames(compression)
    let ends = try [2500, 0, 3500].reduce(into: [0]) { ends, count in
      let part = ends.count == 1 ? plain.prefix(2500) : ends.count == 2 ? [] : plain[2500...]
      #expect(part.count == count)
      ends.append(try ends[ends.count - 1] + compressed(Array(part), compression).count)
    }
    for count in 8..<stored.count {
      let decoded = try Decoded(Array(stored.prefix(count)))
      #expect(plain.starts(with: decoded.bytes), "cut at \(count)")
      #expect(count < ends[1] || decoded.bytes.count >= 2500, "cut at \(count)")
      if ends.contains(count) {
        #expect(decoded.damage == nil, "cut at \(count)")
      } else {
        #expect(decoded.damage?.code == .truncated && decoded.damage?.byteOffset == count, "cut at \(count)")
      }
    }
  }

  @Test(arguments: all) func aDamagedMagicNumberWithinIsNoTrailingRubbish(compression: LogCompression) throws {
    let parts = try [fixtureTable.prefix(2500), fixtureTable[2500..<4000], fixtureTable[4000...]].map {
      try compressed(Array($0), compression)
    }
    var stored = parts.flatMap { $0 }
    stored[parts[0].count + 1] ^= 0x40
    let damage = try #require(try Decoded(stored).damage)
    #expect(damage.code == .corruptCompression && damage.byteOffset == parts[0].count)
    #expect(damage.detail.contains("another frame may begin at byte \(parts[0].count + parts[1].count)"))
  }

  @Test(arguments: all) func anyFlippedByteIsNoticed(compression: LogCompression) throws {
    let (stored, plain) = try Self.frames(compression)
    for index in stored.indices {
      var damaged = stored
      damaged[index] ^= 1 << (index % 8)
      guard let decoded = try? Decoded(damaged) else { continue }
      // Of a gzip header only the magic number and the method are sure to be checked.
      let isSound = decoded.damage == nil && (decoded.bytes == plain || index < 8)
      #expect(isSound || decoded.damage != nil, "byte \(index)")
      if let damage = decoded.damage {
        #expect((0...stored.count).contains(damage.byteOffset), "byte \(index)")
      }
    }
  }

  @Test(arguments: all) func aCorruptFrameCostsNothingBeforeItAndTheRestIsCounted(compression: LogCompression) throws {
    let first = try compressed(fixtureTable, compression)
    var second = try compressed(fixtureTable, compression)
    let third = try compressed(fixtureTable, compression)
    second[second.count / 2] ^= 0x55
    second[second.count / 2 + 1] ^= 0xAA
    let stored = first + second + third
    let decoded = try Decoded(stored)
    #expect(decoded.bytes.count >= fixtureTable.count)
    #expect((fixtureTable + fixtureTable).starts(with: decoded.bytes.prefix(fixtureTable.count)))
    let damage = try #require(decoded.damage)
    #expect(damage.code == .corruptCompression)
    #expect(damage.byteOffset >= first.count && damage.byteOffset + damage.count == stored.count)
    #expect(damage.detail.hasSuffix("another frame may begin at byte \(first.count + second.count)"), "\(damage)")
    let piped = try Decoded(stored, pieceBytes: 4096).damage
    #expect(piped.map { $0.byteOffset + $0.count } == stored.count)
  }

  @Test(arguments: all) func bytesBehindTheLastFrameAreReportedWithTheirPlace(compression: LogCompression) throws {
    let stored = try compressed(fixtureTable, compression)
    for trailing in ["x", "xy", "xyz", "garbage", "some more garbage"] {
      for piece in [1, 5, .max] {
        let decoded = try Decoded(stored + Array(trailing.utf8), pieceBytes: piece)
        #expect(decoded.bytes == fixtureTable)
        let expected = LogLoss(.trailingBytes, byteOffset: stored.count, count: trailing.utf8.count)
        #expect(decoded.damage == expected, "'\(trailing)' in pieces of \(piece)")
      }
    }
  }

  @Test(arguments: all) func aBombEndsAtTheLimitThatWasSet(compression: LogCompression) throws {
    let bomb = try compressed([UInt8](repeating: 0x20, count: 50_000_000), compression)
    #expect(bomb.count < 300_000)
    let decoded = try Decoded(bomb, maximumBytes: 1_000_000)
    #expect(decoded.bytes.count == 1_000_000)
    #expect(decoded.damage?.code == .decodedTooLarge)
    // As a table it is one line, which is not kept.
    var options = LogReadOptions()
    options.maximumLineBytes = 4096
    let table = try compressed(Array("t,a\n1,2\n".utf8), compression) + bomb
    let recording = try read(table + compressed(Array("\n3,4\n".utf8), compression), options: options)
    #expect(recording.doubles == [2, 4])
    #expect(recording.losses.first.map(\.code) == [.lineTooLong])
  }

  @Test func aLimitOnDecodedBytesHoldsForPlainFilesToo() throws {
    let decoded = try Decoded(fixtureTable, maximumBytes: 5000)
    #expect(decoded.bytes == Array(fixtureTable.prefix(5000)))
    #expect(decoded.damage == LogLoss(.decodedTooLarge, byteOffset: 5000, detail: "after 5000 bytes"))
    #expect(try Decoded(fixtureTable, maximumBytes: fixtureTable.count).damage == nil)
  }

  @Test func skippableFramesSayNothingOfTheCompression() throws {
    let skippable: [UInt8] = [0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
    let empty: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0]
    for compression in [LogCompression.zstd, .lz4] {
      let frame = try compressed(fixtureTable, compression)
      for piece in [1, 3, 11, .max] {
        let stream = try ByteStream(
          MemoryInput(skippable + empty + frame + skippable + frame + empty, pieceBytes: piece), windowLogMaximum: 23)
        var bytes: [UInt8] = []
        while try stream.fill() {
          bytes += stream.window
          stream.advance(stream.window.count)
        }
        #expect(bytes == fixtureTable + fixtureTable && stream.damage == nil, "\(compression), pieces of \(piece)")
        #expect(stream.compression == compression)
      }
    }
    let strange = try Decoded(skippable + Array("hello, hello".utf8))
    #expect(strange.bytes.isEmpty && strange.damage != nil)
  }
}

@Suite struct GzipTests {
  @Test(arguments: ["every-field.gz", "members.gz"])
  func membersOfOtherProgramsAreRead(name: String) throws {
    let stored = try fixture("compressed/\(name)")
    for piece in [1, 13, .max] {
      let decoded = try Decoded(stored, pieceBytes: piece)
      #expect(decoded.bytes == fixtureTable && decoded.damage == nil, "pieces of \(piece)")
    }
  }

  @Test func aWrongChecksumOrSizeIsNamed() throws {
    let stored = try compressed(fixtureTable, .gzip)
    for (offset, reason) in [(8, "incorrect data check"), (4, "incorrect length check")] {
      var damaged = stored
      damaged[stored.count - offset] ^= 1
      let decoded = try Decoded(damaged)
      #expect(decoded.bytes == fixtureTable)
      #expect(decoded.damage?.detail == reason)
    }
  }

  @Test(arguments: 1...9) func everyLevelReadsBack(level: Int) throws {
    #expect(try Decoded(compressed(fixtureTable, .gzip, level: level)).bytes == fixtureTable)
    #expect(try Decoded(compressed([], .gzip, level: level)).damage == nil)
  }
}

@Suite struct ZstdTests {
  @Test func framesOfOtherProgramsAreRead() throws {
    let stored = try fixture("compressed/skippable.zst")
    for piece in [1, 13, .max] {
      let decoded = try Decoded(stored, pieceBytes: piece)
      #expect(decoded.bytes == fixtureTable && decoded.damage == nil, "pieces of \(piece)")
    }
  }

  @Test func aLargeWindowIsReadWhereItIsAllowed() throws {
    let stored = try fixture("compressed/window-24.zst")
    let refused = try Decoded(stored)
    #expect(refused.bytes.isEmpty)
    let detail = "it takes 2^24 bytes, allowed are 2^23"
    #expect(refused.damage == LogLoss(.windowTooLarge, byteOffset: 0, count: stored.count, detail: detail))
    #expect(refused.damage?.description.contains("raise --window-log (zstdWindowLogMaximum)") == true)
    #expect(try Decoded(stored, windowLogMaximum: 24).bytes == fixtureTable)
  }

  /// Formats before zstd 0.8, which libzstd can read too, know no limit of the window.
  @Test func aFrameOfAnOlderFormatIsRefusedHoweverItArrives() throws {
    let first = try compressed(fixtureTable, .zstd)
    for magic in UInt8(0x1e)...0x27 {
      // A header of format 0.7 whose window takes 2^26 bytes.
      let stored = first + [magic, 0xb5, 0x2f, 0xfd, 0x00, 0x80] + [UInt8](repeating: 0, count: 64)
      for piece in [1, 3, .max] {
        let decoded = try Decoded(stored, pieceBytes: piece)
        #expect(decoded.bytes == fixtureTable, "magic \(magic), pieces of \(piece)")
        let damage = LogLoss(.trailingBytes, byteOffset: first.count, count: 70)
        #expect(decoded.damage == damage, "magic \(magic), pieces of \(piece)")
      }
    }
  }

  /// Files of zstd's own tests. libzstd itself changed its mind about some, so what it says of a file as a whole decides.
  @Test(.enabled(if: External.vectors != nil, "set MARTLET_VECTORS"))
  func goldenFilesAreReadAsTheLibraryReadsThem() throws {
    let files = try External.files(in: "\(External.vectors!)/zstd", suffix: "")
      .filter { (try? bytes(of: $0)) != nil && !$0.hasSuffix(".md") }
    #expect(files.count >= 7)
    var sound = 0
    for file in files {
      let stored = try bytes(of: file)
      let expected = ZstdOneShot.decode(stored, room: 1 << 20)
      guard let decoded = try? Decoded(stored) else {
        #expect(expected == nil, "\(file)")
        continue
      }
      #expect((decoded.damage == nil) == (expected != nil), "\(file)")
      if let expected {
        #expect(decoded.bytes == expected, "\(file)")
        sound += 1
      }
    }
    #expect(sound >= 3)
  }
}
