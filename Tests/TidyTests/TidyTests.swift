import Foundation
import Testing

@Suite("Tidy")
struct TidyTests {
  private var deterministic: [SourceFile] {
    Repository.sources.filter { Architecture.deterministic.contains($0.module) }
  }

  @Test("the tree was found")
  func found() {
    #expect(Repository.sources.count > 50)
    #expect(Set(Repository.sources.map(\.module)) == Set(Architecture.arrows.keys))
  }

  @Test("imports follow the arrows")
  func arrows() {
    #expect(Checks.beyondArrows(Repository.sources) == [])
    for library in Repository.sources where library.module != "floorsim" {
      #expect(!Checks.imports(library).contains("Simulation"), "\(library.path)")
    }
  }

  @Test("an import beyond the arrows is found")
  func arrowsCheckFinds() {
    let consensus = SourceFile(path: "Sources/Consensus/X.swift", text: "import Membership\nimport Trade\n")
    #expect(Checks.beyondArrows([consensus]).count == 1)
    let tariff = SourceFile(path: "Sources/Tariff/X.swift", text: "package import Foundation\n")
    #expect(Checks.beyondArrows([tariff]).count == 1)
    #expect(Checks.beyondArrows([SourceFile(path: "Sources/Helpers/X.swift", text: "")]).count == 1)
  }

  @Test("deterministic modules know no clock, chance, concurrency or trap")
  func purity() {
    #expect(Checks.words(Architecture.impureWords, in: deterministic) == [])
    #expect(Checks.traps(in: deterministic) == [])
  }

  @Test("no floating point where numbers must be exact")
  func exactness() {
    let files = Repository.sources.filter { Architecture.exact.contains($0.module) }
    #expect(Checks.words(Architecture.inexactWords, in: files) == [])
  }

  @Test("impurities, floats and traps are found, but not in comments and literals")
  func purityChecksFind() {
    let file = SourceFile(
      path: "Sources/Trade/X.swift",
      text:
        "let a: Double = 1 // Double\nlet b = \"Date\"\nlet c = Date()\nlet d = x!\nif !y, z != 1 {}\nlet e = try! f()\n"
    )
    #expect(Checks.words(Architecture.inexactWords, in: [file]).count == 1)
    #expect(Checks.words(Architecture.impureWords, in: [file]) == ["Sources/Trade/X.swift:3: Date"])
    #expect(Checks.traps(in: [file]).count == 3)
  }

  @Test("claims of safety give their reason")
  func claims() {
    #expect(Checks.unprovenClaims(in: Repository.sources + Repository.tests.filter { $0.module != "TidyTests" }) == [])
    let bare = SourceFile(path: "Sources/Node/X.swift", text: "final class X: @unchecked Sendable {}\n")
    #expect(Checks.unprovenClaims(in: [bare]).count == 1)
  }

  @Test("files and functions stay readable")
  func sizes() {
    #expect(Checks.longFiles(Repository.sources + Repository.tests, limit: 450) == [])
    #expect(Checks.longFunctions(Repository.sources, limit: 70) == [])
    let long = "func f() {\n" + String(repeating: "  x()\n", count: 80) + "}\n"
    #expect(Checks.longFunctions([SourceFile(path: "a", text: long)], limit: 70).count == 1)
  }

  @Test("no module or type has a name that says nothing")
  func names() {
    for module in Architecture.arrows.keys { #expect(!Architecture.emptyNames.contains(module)) }
    let endings = Repository.sources.filter { file in
      let name = file.path.split(separator: "/").last?.dropLast(6) ?? ""
      return ["Utils", "Util", "Helpers", "Helper", "Manager", "Impl"].contains { name.hasSuffix($0) }
    }
    #expect(endings.map(\.path) == [])
  }

  @Test("every rule of the agreement is cited in the code, and every citation has its rule")
  func ruleCitations() {
    let specification = Repository.files(below: "Protocol", endings: ["md"]).first {
      $0.path.hasSuffix("/consensus.md")
    }
    let stated = Checks.ruleNumbers(specification?.text ?? "", pattern: #/\*\*(R[0-9]+)/#)
    let code = Repository.sources.filter { ["Consensus", "Replica", "Ledger", "Storage", "Node"].contains($0.module) }
    let cited = Checks.ruleNumbers(code.map(\.text).joined(separator: "\n"), pattern: #/\b(R[0-9]+)\b/#)
    #expect(stated.count > 10)
    #expect(cited.subtracting(stated).sorted() == [], "cited, but not a rule")
    #expect(stated.subtracting(cited).sorted() == [], "a rule that no code cites")
  }

  @Test("nothing is left unfinished, and the repository speaks of itself alone")
  func finished() {
    let marks = ["TODO", "FIXME", "XXX", "HACK"]
    let files = Repository.sources + Repository.tests.filter { $0.module != "TidyTests" }
    for file in files {
      for (number, line) in file.lines.enumerated() {
        let words = line.split { !($0.isLetter || $0.isNumber) }.map(String.init)
        #expect(words.first(where: marks.contains) == nil, "\(file.path):\(number + 1)")
      }
    }
    // What a deterministic module does not show is no promise of it. The daemon's loop and its disk have insides that tests break on purpose.
    let breakable = ["NodeTests", "StorageTests"]
    #expect(files.filter { $0.text.contains("@testable") && !breakable.contains($0.module) }.map(\.path) == [])
  }
}
