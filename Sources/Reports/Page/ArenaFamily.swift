/// What a buffer of the arena is for, as far as pictures tell buffers apart: each has a colour of its own, and few
/// enough there are that no two look alike to a colour-blind reader.
enum ArenaFamily: Int, CaseIterable {
  case weights
  case activations
  case errors
  case masks
  case workspace
  case state

  /// - Parameter kind: An `ArenaBuffer`'s; what is not known counts as state.
  init(kind: String) {
    self =
      switch kind {
      case "weights", "bias": .weights
      case "input", "activation", "logits": .activations
      case "error", "gradient": .errors
      case "mask", "winners": .masks
      case "workspace": .workspace
      default: .state
      }
  }

  var name: String {
    switch self {
    case .weights: "updated weights"
    case .activations: "activations"
    case .errors: "errors"
    case .masks: "clamp bits"
    case .workspace: "workspace"
    case .state: "state"
    }
  }

  /// A variable of the style.
  var colour: String { "m\(rawValue)" }
}
