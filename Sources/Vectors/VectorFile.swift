/// A file of worked cases, format `floor-vectors/1` (Protocol/Vectors/README.md).
package struct VectorFile: Hashable, Sendable {
  /// One case: what goes in and what must come out.
  package struct Case: Hashable, Sendable {
    package let id: String
    package let kind: String
    package let comment: String
    package let input: JSON
    package let expect: JSON
  }

  package static let format = "floor-vectors/1"

  package let cases: [Case]

  /// Reads a whole file.
  package init(parsing bytes: [UInt8]) throws(VectorFileError) {
    let root: JSON
    do throws(JSONError) { root = try JSON(parsing: bytes) } catch { throw .malformed(error) }
    guard case .string(Self.format) = root["format"] else { throw .format }
    guard case .array(let items) = root["cases"] else { throw .format }
    var cases: [Case] = []
    for (index, item) in items.enumerated() {
      guard case .string(let id) = item["id"], case .string(let kind) = item["kind"] else {
        throw .malformedCase(index)
      }
      guard let input = item["input"], let expect = item["expect"] else { throw .malformedCase(index) }
      guard case .object = expect else { throw .malformedCase(index) }
      var comment = ""
      if case .string(let text) = item["comment"] { comment = text }
      cases.append(Case(id: id, kind: kind, comment: comment, input: input, expect: expect))
    }
    self.cases = cases
  }
}

/// Why a file is no vector file.
package enum VectorFileError: Error, Hashable, Sendable {
  case malformed(JSONError)
  case format
  /// The case of that index lacks an identity, a kind, an input or an expectation.
  case malformedCase(Int)

  /// The stable code of this refusal.
  package var code: String {
    switch self {
    case .malformed: "VECTORS_MALFORMED"
    case .format: "VECTORS_FORMAT"
    case .malformedCase: "VECTORS_CASE"
    }
  }

  /// What is wrong, for people.
  package var sentence: String {
    switch self {
    case .malformed(let error): "not the JSON of a vector file: \(error.sentence)"
    case .format: "not a file of the format \(VectorFile.format)"
    case .malformedCase(let index): "case number \(index + 1) lacks id, kind, input or expect"
    }
  }
}
