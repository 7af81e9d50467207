import Foundation

/// The rules of the tree, each a function from files to findings, so that each can be shown to find what it is for.
enum Checks {
  static func imports(_ file: SourceFile) -> [String] {
    file.lines.compactMap { line in
      let words = line.split(separator: " ").filter { !$0.hasPrefix("@") && $0 != "package" && $0 != "internal" }
      guard words.first == "import", let name = words.dropFirst().last else { return nil }
      return name.split(separator: ".").first.map(String.init)
    }
  }

  /// Imports that go beyond the arrows.
  static func beyondArrows(_ files: [SourceFile]) -> [String] {
    files.flatMap { file -> [String] in
      guard let allowed = Architecture.arrows[file.module] else {
        return ["\(file.path): unknown module \(file.module)"]
      }
      return imports(file).filter { !allowed.contains($0) }.map { "\(file.path): \(file.module) must not import \($0)" }
    }
  }

  /// A line's code without its comment and without what stands in string literals.
  static func code(of line: Substring) -> String {
    var (result, isText, previous) = ("", false, Character(" "))
    for character in line {
      if character == "\"", previous != "\\" { isText.toggle() }
      if !isText {
        if character == "/", previous == "/" { return String(result.dropLast()) }
        result.append(character)
      }
      previous = character
    }
    return result
  }

  /// Words of a list that stand in the code of files, comments and literals aside.
  static func words(_ banned: [String], in files: [SourceFile]) -> [String] {
    let banned = Set(banned)
    return files.flatMap { file in
      file.lines.enumerated().flatMap { number, line -> [String] in
        let names = code(of: line).split { !($0.isLetter || $0.isNumber || $0 == "_") }
        return names.filter { banned.contains(String($0)) }.map { "\(file.path):\(number + 1): \($0)" }
      }
    }
  }

  /// Force unwrapping and other ways to trap, which no deterministic module has.
  static func traps(in files: [SourceFile]) -> [String] {
    let forced = ["try!", "as!", "fatalError(", "preconditionFailure(", "@unchecked", "nonisolated(unsafe)"]
    return files.flatMap { file in
      file.lines.enumerated().flatMap { number, line -> [String] in
        let code = code(of: line)
        var found = forced.filter { code.contains($0) }
        if code.contains(#/[A-Za-z0-9_\])]!([^=]|$)/#) { found.append("forced unwrapping") }
        return found.map { "\(file.path):\(number + 1): \($0)" }
      }
    }
  }

  /// `@unchecked Sendable`, `nonisolated(unsafe)` and `try!` outside the deterministic modules need a comment close above that says why
  /// they are safe.
  static func unprovenClaims(in files: [SourceFile]) -> [String] {
    files.flatMap { file in
      let lines = file.lines
      return lines.indices.filter { index in
        let code = code(of: lines[index])
        guard ["@unchecked Sendable", "nonisolated(unsafe)", "try!"].contains(where: { code.contains($0) }) else {
          return false
        }
        return !lines[max(0, index - 8)...index].contains { $0.contains("//") }
      }.map { "\(file.path):\($0 + 1): claimed safe without a reason" }
    }
  }

  static func longFiles(_ files: [SourceFile], limit: Int) -> [String] {
    files.filter { $0.lines.count > limit }.map { "\($0.path): \($0.lines.count) lines, at most \(limit)" }
  }

  /// Functions longer than the limit, by the indentation of their closing brace.
  static func longFunctions(_ files: [SourceFile], limit: Int) -> [String] {
    files.flatMap { file -> [String] in
      let lines = file.lines
      return lines.indices.compactMap { start in
        let code = code(of: lines[start])
        guard code.contains(#/\b(func |init[?(<])/#), !code.trimmingCharacters(in: .whitespaces).hasPrefix("self.")
        else { return nil }
        let indent = lines[start].prefix { $0 == " " }
        let brace = lines[start...].firstIndex { Checks.code(of: $0).contains("{") } ?? start
        guard brace - start < 12, let end = lines[brace...].firstIndex(where: { $0 == indent + "}" }) else {
          return nil
        }
        return end - start > limit ? "\(file.path):\(start + 1): \(end - start) lines, at most \(limit)" : nil
      }
    }
  }

  /// Rules are written as a line that begins with `**R8**`; code cites them as `R8`.
  static func ruleNumbers(_ text: String, pattern: some RegexComponent<(Substring, Substring)>) -> Set<String> {
    Set(text.matches(of: pattern).map { String($0.output.1) })
  }
}
