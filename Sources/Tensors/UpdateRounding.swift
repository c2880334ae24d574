/// How an updated parameter returns to an integer.
@frozen
public enum UpdateRounding: Int32, Sendable, Hashable {
  /// Down with the probability of the distance: small steps neither vanish nor pull toward zero.
  case stochastic = 0
  /// To nearest, ties upward: steps below half a unit vanish.
  case nearest = 1
  /// To nearest, and what was cut off is kept in a residual of 1/256 unit for the next step.
  case errorFeedback = 2
}
