import Testing

@testable import SensorLogs

/// Names of fields that are long, or many.
@Suite struct LeafPathTests {
  private func refusal(_ body: () throws -> Recording) -> String {
    do {
      let found = try body()
      return "read \(found.frameCount) frames"
    } catch {
      return "\(error)"
    }
  }

  private func json(_ keyBytes: Int, elements: Int) -> String {
    "{\"\(String(repeating: "k", count: keyBytes))\":[\(Array(repeating: "1", count: elements).joined(separator: ","))]}"
  }

  private func mcap(_ payload: String) -> [UInt8] {
    var file = MCAPFile()
    file.declare(1, "/a")
    file.message(1, at: 1, payload)
    return file.finished
  }

  @Test func longPathsOfJSONAreRefused() throws {
    let sentence = LeafPathLimit.sentence
    #expect(try read(mcap(json(4093, elements: 1))).frameCount == 1)
    for text in [json(4094, elements: 1), json(500_000, elements: 1000), json(4000, elements: 1100)] {
      #expect(refusal { try read(mcap(text)) }.contains(sentence.prefix(40)), "\(text.count)")
      #expect(refusal { try read(text + "\n") }.contains(sentence.prefix(40)), "\(text.count)")
    }
    #expect(try read(mcap(json(4000, elements: 1000))).frameCount == 1)
  }

  @Test func longNamesOfROS2FieldsAreRefused() throws {
    func file(_ schema: String) -> [UInt8] {
      var file = MCAPFile()
      file.schema(1, schema)
      file.declare(1, "/a", schema: 1, encoding: "cdr")
      file.message(1, at: 1, [0, 1, 0, 0] + [UInt8](repeating: 0, count: 8 * 300))
      return file.finished
    }
    func name(_ bytes: Int) -> String { String(repeating: "n", count: bytes) }
    #expect(try read(file("float64[300] \(name(255))")).frameCount == 1)
    #expect(refusal { try read(file("float64[300] \(name(256))")) }.contains("cannot be decoded"))
    #expect(refusal { try read(file("float64[300] \(name(900_000))")) }.contains("cannot be decoded"))
    // Short names, one in another.
    var nested = "p/T0 \(name(255))"
    for depth in 0..<20 {
      let field = depth == 19 ? "float64 x" : "p/T\(depth + 1) \(name(255))"
      nested += "\n" + String(repeating: "=", count: 80) + "\nMSG: p/T\(depth)\n" + field
    }
    #expect(refusal { try read(file(nested)) }.contains("cannot be decoded"))
  }
}
