/// A type whose values are written as members with a leading dot: `.cosine`, `.sgd(0.05, momentum: 0.9)`.
protocol MemberChoice: LiteralValue {
  static var cases: [MemberCase<Self>] { get }
  /// Whether a plain whole number stands for a value too, as in `Dense(64)`.
  static var integerCase: MemberCase<Self>? { get }
  /// Whether a plain number stands for a value too, as in `Expect(rms: 0.5)`.
  static var numberCase: MemberCase<Self>? { get }
}

/// One member: its description, how to make a value from its arguments and how to take the value apart.
struct MemberCase<Choice: Sendable & Hashable>: Sendable {
  let description: MemberDescription
  let make: @Sendable ([Literal?], PipelinePath, inout DecodingContext) -> Choice?
  /// The arguments in the order of the parameters, or `nil` if the value is not of this member.
  let take: @Sendable (Choice) -> [Literal]?

  init(_ name: String, _ value: Choice, _ summary: String) {
    description = MemberDescription(name: name, summary: summary, parameters: [])
    make = { _, _, _ in value }
    take = { $0 == value ? [] : nil }
  }

  init<A: LiteralValue>(
    _ name: String, _ first: Parameter, _ summary: String,
    make: @escaping @Sendable (A) -> Choice, take: @escaping @Sendable (Choice) -> A?
  ) {
    description = MemberDescription(name: name, summary: summary, parameters: [first])
    self.make = { literals, path, context in
      guard let a: A = context.value(literals[0], for: first, of: ".\(name)", at: path) else { return nil }
      return make(a)
    }
    self.take = { choice in take(choice).map { [$0.literal] } }
  }

  init<A: LiteralValue, B: LiteralValue>(
    _ name: String, _ first: Parameter, _ second: Parameter, _ summary: String,
    make: @escaping @Sendable (A, B) -> Choice, take: @escaping @Sendable (Choice) -> (A, B)?
  ) {
    description = MemberDescription(name: name, summary: summary, parameters: [first, second])
    self.make = { literals, path, context in
      let a: A? = context.value(literals[0], for: first, of: ".\(name)", at: path)
      let b: B? = context.value(literals[1], for: second, of: ".\(name)", at: path)
      guard let a, let b else { return nil }
      return make(a, b)
    }
    self.take = { choice in take(choice).map { [$0.0.literal, $0.1.literal] } }
  }

  init<A: LiteralValue, B: LiteralValue, C: LiteralValue, D: LiteralValue, E: LiteralValue>(
    _ name: String, _ parameters: (Parameter, Parameter, Parameter, Parameter, Parameter), _ summary: String,
    make: @escaping @Sendable (A, B, C, D, E) -> Choice, take: @escaping @Sendable (Choice) -> (A, B, C, D, E)?
  ) {
    let (first, second, third, fourth, fifth) = parameters
    description = MemberDescription(
      name: name, summary: summary, parameters: [first, second, third, fourth, fifth])
    self.make = { literals, path, context in
      let a: A? = context.value(literals[0], for: first, of: ".\(name)", at: path)
      let b: B? = context.value(literals[1], for: second, of: ".\(name)", at: path)
      let c: C? = context.value(literals[2], for: third, of: ".\(name)", at: path)
      let d: D? = context.value(literals[3], for: fourth, of: ".\(name)", at: path)
      let e: E? = context.value(literals[4], for: fifth, of: ".\(name)", at: path)
      guard let a, let b, let c, let d, let e else { return nil }
      return make(a, b, c, d, e)
    }
    self.take = { choice in
      take(choice).map { [$0.0.literal, $0.1.literal, $0.2.literal, $0.3.literal, $0.4.literal] }
    }
  }

  init<A: LiteralValue, B: LiteralValue, C: LiteralValue, D: LiteralValue>(
    _ name: String, _ parameters: (Parameter, Parameter, Parameter, Parameter), _ summary: String,
    make: @escaping @Sendable (A, B, C, D) -> Choice, take: @escaping @Sendable (Choice) -> (A, B, C, D)?
  ) {
    let (first, second, third, fourth) = parameters
    description = MemberDescription(name: name, summary: summary, parameters: [first, second, third, fourth])
    self.make = { literals, path, context in
      let a: A? = context.value(literals[0], for: first, of: ".\(name)", at: path)
      let b: B? = context.value(literals[1], for: second, of: ".\(name)", at: path)
      let c: C? = context.value(literals[2], for: third, of: ".\(name)", at: path)
      let d: D? = context.value(literals[3], for: fourth, of: ".\(name)", at: path)
      guard let a, let b, let c, let d else { return nil }
      return make(a, b, c, d)
    }
    self.take = { choice in take(choice).map { [$0.0.literal, $0.1.literal, $0.2.literal, $0.3.literal] } }
  }

  init<A: LiteralValue, B: LiteralValue, C: LiteralValue>(
    _ name: String, _ first: Parameter, _ second: Parameter, _ third: Parameter, _ summary: String,
    make: @escaping @Sendable (A, B, C) -> Choice, take: @escaping @Sendable (Choice) -> (A, B, C)?
  ) {
    description = MemberDescription(name: name, summary: summary, parameters: [first, second, third])
    self.make = { literals, path, context in
      let a: A? = context.value(literals[0], for: first, of: ".\(name)", at: path)
      let b: B? = context.value(literals[1], for: second, of: ".\(name)", at: path)
      let c: C? = context.value(literals[2], for: third, of: ".\(name)", at: path)
      guard let a, let b, let c else { return nil }
      return make(a, b, c)
    }
    self.take = { choice in take(choice).map { [$0.0.literal, $0.1.literal, $0.2.literal] } }
  }
}

extension DecodingContext {
  /// What is written, else the default; `nil` if neither will do, which has been reported then.
  fileprivate mutating func value<Value: LiteralValue>(
    _ literal: Literal?, for parameter: Parameter, of owner: String, at path: PipelinePath
  ) -> Value? {
    guard let literal = literal ?? parameter.defaultValue else { return nil }
    return decode(Value.self, literal, for: parameter, of: owner, at: path)
  }
}

extension MemberChoice {
  static var integerCase: MemberCase<Self>? { nil }
  static var numberCase: MemberCase<Self>? { nil }

  static var valueType: ValueType {
    let members = cases.map(\.description)
    if numberCase != nil { return .numberOrChoice(members) }
    return integerCase == nil ? .choice(members) : .integerOrChoice(members)
  }

  var literal: Literal {
    if let whole = Self.integerCase?.take(self)?.first { return whole }
    if let number = Self.numberCase?.take(self)?.first { return number }
    for member in Self.cases {
      guard let literals = member.take(self) else { continue }
      let arguments = zip(member.description.parameters, literals)
        .filter { $0.defaultValue != $1 }
        .map { Argument($0.label, $1) }
      return .member(member.description.name, arguments)
    }
    preconditionFailure("every value of a choice is one of its members")
  }

  static func decode(_ literal: Literal, in context: inout DecodingContext) -> Self? {
    if let whole = integerCase, case .integer = literal { return whole.make([literal], context.path, &context) }
    if let number = numberCase, literal.double != nil { return number.make([literal], context.path, &context) }
    guard case .member(let name, let written) = literal else { return context.refuse(literal) }
    guard let member = cases.first(where: { $0.description.name == name }) else {
      let names = cases.map(\.description.name)
      context.report(
        .unknownMember(
          subject: context.subject, member: name, nearest: context.nearest(to: name, in: names),
          known: cases.map(\.description.example)))
      return nil
    }
    let path = context.path
    let issues = context.issues.count
    let literals = context.match(written, to: member.description.parameters, of: ".\(name)", at: path)
    let value = member.make(literals, path, &context)
    return context.issues.count == issues ? value : nil
  }
}

/// A choice among plain names.
protocol PlainChoice: MemberChoice, CaseIterable {
  var name: String { get }
  var summary: String { get }
}

extension PlainChoice {
  static var cases: [MemberCase<Self>] { allCases.map { MemberCase($0.name, $0, $0.summary) } }
  var name: String { "\(self)" }
}
