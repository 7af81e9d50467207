/// The outcome of a vector file: how many cases hold, and every difference of those that do not.
package struct VectorReport: Hashable, Sendable {
  /// A case that does not hold.
  package struct Failure: Hashable, Sendable {
    package let id: String
    package let kind: String
    /// One sentence a difference.
    package let differences: [String]
  }

  package let passed: Int
  package let failures: [Failure]

  package var failed: Int { failures.count }

  /// `N passed, M failed`.
  package var summary: String { "\(passed) passed, \(failed) failed" }
}

/// Runs worked cases through this program's own arithmetic and compares exactly.
package enum VectorRun {
  /// Runs a file given as bytes.
  package static func run(_ bytes: [UInt8]) throws(VectorFileError) -> VectorReport {
    run(try VectorFile(parsing: bytes))
  }

  package static func run(_ file: VectorFile) -> VectorReport {
    var failures: [VectorReport.Failure] = []
    for example in file.cases {
      let differences = differences(of: example)
      if !differences.isEmpty {
        failures.append(VectorReport.Failure(id: example.id, kind: example.kind, differences: differences))
      }
    }
    return VectorReport(passed: file.cases.count - failures.count, failures: failures)
  }

  /// Why a case does not hold; empty if it does.
  ///
  /// A case holds if the answer has exactly the expected members with equal values, lists in the order given.
  private static func differences(of example: VectorFile.Case) -> [String] {
    guard let kind = VectorKind(rawValue: example.kind) else { return ["unknown kind \(example.kind)"] }
    let answer: JSON
    do throws(VectorRefusal) {
      answer = try kind.answer(VectorInput(example.input))
    } catch {
      return [error.sentence]
    }
    return differences(expected: example.expect.sorted, answer: answer.sorted)
  }

  private static func differences(expected: JSON, answer: JSON) -> [String] {
    guard case .object(let wanted) = expected, case .object(let given) = answer else {
      return ["expected \(expected.text), computed \(answer.text)"]
    }
    var result: [String] = []
    for member in wanted {
      guard let value = answer[member.name] else {
        result.append("\(member.name): expected \(member.value.text), computed nothing")
        continue
      }
      if value != member.value {
        result.append("\(member.name): expected \(member.value.text), computed \(value.text)")
      }
    }
    for member in given where expected[member.name] == nil {
      result.append("\(member.name): expected nothing, computed \(member.value.text)")
    }
    return result
  }
}

/// Why a case has no answer.
enum VectorRefusal: Error, Hashable {
  /// The input lacks a field, or it has another form.
  case input(String)
  /// The arithmetic refused, with its code.
  case refused(code: String, sentence: String)

  var sentence: String {
    switch self {
    case .input(let field): "the input's field \(field) is missing or has another form"
    case .refused(let code, let sentence): "\(code): \(sentence)"
    }
  }
}

/// Typed access to a case's input.
struct VectorInput {
  let value: JSON

  init(_ value: JSON) { self.value = value }

  func integer(_ name: String) throws(VectorRefusal) -> Int64 {
    guard case .integer(let number) = value[name] else { throw .input(name) }
    return number
  }

  /// An integer, or nil where null stands.
  func optionalInteger(_ name: String) throws(VectorRefusal) -> Int64? {
    if case .null = value[name] { return nil }
    return try integer(name)
  }

  func bool(_ name: String) throws(VectorRefusal) -> Bool {
    guard case .bool(let flag) = value[name] else { throw .input(name) }
    return flag
  }

  func string(_ name: String) throws(VectorRefusal) -> String {
    guard case .string(let text) = value[name] else { throw .input(name) }
    return text
  }

  /// A text that must be one of a known set.
  func named<Value>(_ name: String, _ read: (String) -> Value?) throws(VectorRefusal) -> Value {
    guard let value = read(try string(name)) else { throw .input(name) }
    return value
  }

  func object(_ name: String) throws(VectorRefusal) -> VectorInput {
    guard let member = value[name], case .object = member else { throw .input(name) }
    return VectorInput(member)
  }

  func objects(_ name: String) throws(VectorRefusal) -> [VectorInput] {
    guard case .array(let items) = value[name] else { throw .input(name) }
    return items.map(VectorInput.init)
  }

  func integers(_ name: String) throws(VectorRefusal) -> [Int64] {
    guard case .array(let items) = value[name] else { throw .input(name) }
    var numbers: [Int64] = []
    for item in items {
      guard case .integer(let number) = item else { throw .input(name) }
      numbers.append(number)
    }
    return numbers
  }

  /// The members of an object of integers, names ascending as bytes.
  func quantities(_ name: String) throws(VectorRefusal) -> [(name: String, quantity: Int64)] {
    guard case .object(let members) = value[name]?.sorted else { throw .input(name) }
    var result: [(name: String, quantity: Int64)] = []
    for member in members {
      guard case .integer(let number) = member.value else { throw .input(name) }
      result.append((member.name, number))
    }
    return result
  }
}
