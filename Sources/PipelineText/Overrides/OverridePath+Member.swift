import PipelineModel

/// An argument of the member that stands as a value: the rate of `optimizer: .sgd(0.003)`.
struct MemberArgument {
  /// The stage's parameter that holds the member.
  let owner: Parameter
  let member: String
  let parameter: Parameter
  private let description: MemberDescription
  private let arguments: [Argument]

  /// The one argument of that name among the members that stand in a stage; nil where there is none, or several.
  ///
  /// - Parameters:
  ///   - name: Its own, or the last word of it: `rate` of `learningRate`.
  ///   - values: The stage's arguments with what they hold, defaults included.
  init?(named name: String, among values: [(parameter: Parameter, value: Literal)]) {
    let ending = name.prefix(1).uppercased() + name.dropFirst()
    var found: [MemberArgument] = []
    for (owner, value) in values {
      guard case .member(let member, let arguments) = value,
        let description = owner.type.members.first(where: { $0.name == member })
      else { continue }
      let named = description.parameters.filter { $0.name == name }
      let parameters = named.isEmpty ? description.parameters.filter { $0.name.hasSuffix(ending) } : named
      found += parameters.map { MemberArgument(owner: owner, $0, of: description, arguments) }
    }
    guard found.count == 1 else { return nil }
    self = found[0]
  }

  private init(owner: Parameter, _ parameter: Parameter, of member: MemberDescription, _ arguments: [Argument]) {
    self.owner = owner
    self.member = member.name
    self.parameter = parameter
    description = member
    self.arguments = arguments
  }

  /// The member with another value in this place.
  func replaced(by literal: Literal) -> Literal {
    var arguments = arguments
    guard let label = parameter.label else {
      let place = description.parameters.filter { $0.label == nil }.firstIndex { $0.name == parameter.name } ?? 0
      let unlabelled = arguments.indices.filter { arguments[$0].label == nil }
      if unlabelled.indices.contains(place) { arguments[unlabelled[place]].value = literal }
      return .member(member, arguments)
    }
    if let index = arguments.firstIndex(where: { $0.label == label }) {
      arguments[index].value = literal
    } else {
      // The place that keeps arguments in the order of their parameters.
      let order = description.parameters.map(\.label)
      let own = order.firstIndex(of: label) ?? order.count
      let before = arguments.lastIndex { (order.firstIndex(of: $0.label) ?? 0) < own }
      arguments.insert(Argument(label, literal), at: before.map { $0 + 1 } ?? 0)
    }
    return .member(member, arguments)
  }
}
