/// How an element of an error tensor becomes an integer.
@frozen
public enum ErrorRounding: Int32, Sendable, Hashable {
  /// To nearest, ties upward.
  case nearest = 0
  /// Up or down with odds that keep the mean: elements far below a unit still count on average.
  case stochastic = 1
}
