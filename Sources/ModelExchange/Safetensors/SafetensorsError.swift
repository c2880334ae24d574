/// Why bytes are no safetensors file that can be trusted.
public struct SafetensorsError: Error, Sendable, Hashable {
  public enum Code: Sendable, Hashable {
    /// Fewer bytes than the header's length takes.
    case tooShort
    case headerTooLong(bytes: UInt64, limit: Int)
    case headerTruncated(bytes: Int, found: Int)
    /// The header is not the JSON that the format asks for.
    case header(reason: String)
    case duplicateName(String)
    case unknownElement(tensor: String, element: String)
    /// The shape asks for another number of bytes than the offsets enclose.
    case sizeMismatch(tensor: String, shape: [Int], element: TensorElement, bytes: Int)
    /// Offsets that end before they begin or lie behind the file's end.
    case outOfRange(tensor: String, available: Int)
    /// Bytes belong to two tensors.
    case overlap(tensor: String, other: String)
    /// Bytes belong to no tensor.
    case unclaimed(bytes: Int)
  }

  public let code: Code
  /// In the file.
  public let byteOffset: Int

  public init(_ code: Code, byteOffset: Int) {
    self.code = code
    self.byteOffset = byteOffset
  }
}

extension SafetensorsError: CustomStringConvertible {
  public var description: String { "\(reason); \(advice)" }

  /// What is wrong, and where.
  public var reason: String { "\(what) (byte \(byteOffset))" }

  private var what: String {
    switch code {
    case .tooShort: "this is no safetensors file: it ends within the eight bytes that give the header's length"
    case .headerTooLong(let bytes, let limit):
      "this is no safetensors file: its first eight bytes ask for a header of \(bytes) bytes, and \(limit) are allowed"
    case .headerTruncated(let bytes, let found):
      "the file ends within its header, of which \(found) of \(bytes) bytes are there"
    case .header(let reason): "the header cannot be read: \(reason)"
    case .duplicateName(let name): "two tensors are called '\(name)'"
    case .unknownElement(let tensor, let element): "tensor '\(tensor)' has elements '\(element)', which are not known"
    case .sizeMismatch(let tensor, let shape, let element, let bytes):
      "tensor '\(tensor)' of shape \(shape) and elements \(element.rawValue) cannot have \(bytes) bytes"
    case .outOfRange(let tensor, let available):
      "tensor '\(tensor)' lies outside of the \(available) bytes of values that the file has"
    case .overlap(let tensor, let other): "tensors '\(tensor)' and '\(other)' share bytes"
    case .unclaimed(let bytes): "\(bytes) bytes belong to no tensor"
    }
  }

  /// What to do.
  public var advice: String {
    switch code {
    case .tooShort, .headerTooLong:
      "write one with safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")"
    case .headerTruncated, .outOfRange: "copy it again, or save it again"
    case .unknownElement: "save the tensor as float32"
    default: "save it again"
    }
  }
}
