/// A model as ONNX describes it, as far as networks of ours need: nodes in execution order, and the constants they read.
///
/// Numbers of fields and types are those of the format's schema, `onnx.proto`:
/// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
public struct ONNXModel: Sendable, Hashable {
  /// The operators are those of this version; per-channel scales came with it.
  public static var operatorSetVersion: Int64 { 13 }
  /// Of the file format, the one that goes with the operators.
  public static var fileVersion: Int64 { 7 }

  public enum Attribute: Sendable, Hashable {
    case integer(Int)
    case integers([Int])
    case float(Float)
  }

  public struct Node: Sendable, Hashable {
    public var operation: String
    public var inputs: [String]
    /// Names the node too.
    public var output: String
    /// In the order of their names.
    public var attributes: [String: Attribute]
  }

  /// A value that is fed or fetched: float32, of `shape` with the number of windows before it.
  public struct Port: Sendable, Hashable {
    public var name: String
    public var shape: [Int]
    public var documentation: String
  }

  public var name: String
  public var documentation: String
  public var nodes: [Node] = []
  public var constants: [NamedTensor] = []
  public var input: Port
  public var output: Port
  /// Written in the order of the keys.
  public var metadata: [String: String]
  public var producerVersion: String

  // MARK: Encoding

  /// The file's bytes; equal models give equal bytes.
  public func bytes() -> [UInt8] {
    var writer = ProtobufWriter()
    writer.add(1, Self.fileVersion)
    writer.add(2, "martlet")
    writer.add(3, producerVersion)
    writer.addMessage(7) { graph in encode(into: &graph) }
    writer.addMessage(8) { version in version.add(2, Self.operatorSetVersion) }
    for (key, value) in metadata.sorted(by: { $0.key.utf8ordered < $1.key.utf8ordered }) {
      writer.addMessage(14) { entry in
        entry.add(1, key)
        entry.add(2, value)
      }
    }
    return writer.bytes
  }

  private func encode(into graph: inout ProtobufWriter) {
    for node in nodes { graph.addMessage(1) { node.encode(into: &$0) } }
    graph.add(2, name)
    for constant in constants { graph.addMessage(5) { constant.encode(intoTensor: &$0) } }
    graph.add(10, documentation)
    graph.addMessage(11) { input.encode(into: &$0) }
    graph.addMessage(12) { output.encode(into: &$0) }
  }
}

extension ONNXModel.Node {
  fileprivate func encode(into writer: inout ProtobufWriter) {
    for input in inputs { writer.add(1, input) }
    writer.add(2, output)
    writer.add(3, output)
    writer.add(4, operation)
    for (name, attribute) in attributes.sorted(by: { $0.key.utf8ordered < $1.key.utf8ordered }) {
      writer.addMessage(5) { message in
        message.add(1, name)
        switch attribute {
        case .float(let value):
          message.add(2, value)
          message.add(20, Int64(1))
        case .integer(let value):
          message.add(3, Int64(value))
          message.add(20, Int64(2))
        case .integers(let values):
          for value in values { message.add(8, Int64(value)) }
          message.add(20, Int64(7))
        }
      }
    }
  }
}

extension NamedTensor {
  /// - Precondition: The elements are float32, int8, int32 or int64.
  fileprivate func encode(intoTensor writer: inout ProtobufWriter) {
    for size in shape { writer.add(1, Int64(size)) }
    let type: Int64
    switch element {
    case .float32: type = 1
    case .int8: type = 3
    case .int32: type = 6
    case .int64: type = 7
    default: preconditionFailure("no network of ours has such constants")
    }
    writer.add(2, type)
    writer.add(8, name)
    writer.add(9, bytes)
  }
}

extension ONNXModel.Port {
  fileprivate func encode(into writer: inout ProtobufWriter) {
    writer.add(1, name)
    writer.addMessage(2) { type in
      type.addMessage(1) { tensor in
        tensor.add(1, Int64(1))
        tensor.addMessage(2) { sizes in
          sizes.addMessage(1) { $0.add(2, "windows") }
          for size in shape { sizes.addMessage(1) { $0.add(1, Int64(size)) } }
        }
      }
    }
    writer.add(3, documentation)
  }
}
