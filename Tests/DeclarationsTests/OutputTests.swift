import Declarations
import Foundation
import Glibc
import Synchronization
import Testing

private let declarations = Array(
  """
  line,item,origin,declared_value,currency,net_kg,date
  1,lithium/carbonate@1,CHN,50000,GBP,1000,2026-02-15
  2,lithium/carbonate@1,CHN,50000,EUR,1000,2026-02-15

  """.utf8)

@Suite("Declaration files: outputs")
struct OutputTests {
  private func run(_ input: String, _ duties: String, _ rejects: String) throws {
    _ = try DeclarationRun(assessor: try Fixture().assessor(), isExplained: true, workers: 2, blockSize: 64)
      .run(declarations: input, duties: duties, rejects: rejects) { _, _ in }
  }

  private func failure(_ input: String, _ duties: String, _ rejects: String) throws -> DeclarationRunError? {
    do { try run(input, duties, rejects) } catch let error as DeclarationRunError { return error }
    return nil
  }

  @Test("what stood there before is replaced when the run is complete, and kept when it fails; links stay links")
  func replacement() throws {
    let folder = try Folder()
    let input = try folder.write(declarations, "in.csv")
    let old = try folder.write(Array("old".utf8), "duties.csv")
    let link = folder.file("link.csv")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: old)
    let broken = try folder.write(Array("line\n1\n".utf8), "broken.csv")
    #expect(try failure(broken, old, folder.file("rejects.csv"))?.code == "MISSING_COLUMNS")
    #expect(try folder.read("duties.csv") == Array("old".utf8))
    try run(input, link, folder.file("rejects.csv"))
    #expect(try records(try folder.read("duties.csv")).count == 1)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == old)
    #expect(try folder.names == ["broken.csv", "duties.csv", "in.csv", "link.csv", "rejects.csv"])
  }

  @Test("nothing is left behind where an output cannot be, and the sentence names it")
  func impossibleOutputs() throws {
    let folder = try Folder()
    let input = try folder.write(declarations, "in.csv")
    try FileManager.default.createDirectory(atPath: folder.file("folder"), withIntermediateDirectories: false)
    for (duties, rejects) in [("folder", "r"), ("d", "folder"), ("none/d", "r"), ("d", "none/r")] {
      let error = try #require(try failure(input, folder.file(duties), folder.file(rejects)))
      #expect(error.code == "OUTPUT" && error.sentence.hasPrefix(folder.path), "\(error)")
      #expect(try folder.names == ["folder", "in.csv"])
    }
    #expect(try failure(folder.file("none"), folder.file("d"), folder.file("r"))?.code == "FILE")
    #expect(try failure(folder.file("folder"), folder.file("d"), folder.file("r"))?.code == "FILE")
  }

  @Test("a full device is an error, and takes the other output with it")
  func fullDevice() throws {
    let folder = try Folder()
    let input = try folder.write(declarations, "in.csv")
    for (duties, rejects) in [("/dev/full", folder.file("r")), (folder.file("d"), "/dev/full")] {
      let error = try #require(try failure(input, duties, rejects))
      #expect(error.code == "OUTPUT" && error.sentence.hasPrefix("/dev/full"))
      #expect(try folder.names == ["in.csv"])
    }
  }

  @Test("devices and pipes are written in place and stay what they are")
  func devices() throws {
    let folder = try Folder()
    let input = try folder.write(declarations, "in.csv")
    try run(input, folder.file("d"), "/dev/null")
    try run(input, "/dev/null", "/dev/null")
    var status = stat()
    #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    #expect(try folder.names == ["d", "in.csv"])
  }

  @Test("one file cannot be two of declarations, duties and rejects, however it is named")
  func sameFile() throws {
    let folder = try Folder()
    let input = try folder.write(declarations, "in.csv")
    try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: input)
    let cases = [
      (folder.file("x"), folder.file("x")), (folder.file("x"), folder.path + "/./x"), (input, folder.file("x")),
      (folder.file("x"), folder.file("link")), ("-", "-"),
    ]
    for (duties, rejects) in cases {
      #expect(try failure(input, duties, rejects)?.code == "SAME_FILE", "\(duties) \(rejects)")
    }
    #expect(try folder.read("in.csv") == declarations)
    #expect(try folder.names == ["in.csv", "link"])
  }

  @Test("a reader that goes away ends the run without an output")
  func brokenPipe() throws {
    signal(SIGPIPE, SIG_IGN)
    let folder = try Folder()
    let pipe = folder.file("pipe")
    try #require(mkfifo(pipe, 0o600) == 0)
    let lines = (0..<20_000).map { "\($0),lithium/carbonate@1,CHN,50000,GBP,1000,2026-02-15\n" }
    let input = try folder.write(
      Array(("line,item,origin,declared_value,currency,net_kg,date\n" + lines.joined()).utf8), "in")
    let reader = Thread {
      let descriptor = open(pipe, O_RDONLY)
      var bytes = [UInt8](repeating: 0, count: 100)
      _ = read(descriptor, &bytes, bytes.count)
      close(descriptor)
    }
    reader.start()
    #expect(try failure(input, pipe, folder.file("rejects")) == .brokenPipe)
    #expect(try folder.names == ["in", "pipe"])
  }

  @Test("progress rises to the size of the file")
  func progress() throws {
    let folder = try Folder()
    let input = try folder.write(declarations, "in.csv")
    let heard = Mutex<[Int]>([])
    _ = try DeclarationRun(assessor: try Fixture().assessor(), isExplained: false, workers: 3, blockSize: 16).run(
      declarations: input, duties: folder.file("d"), rejects: folder.file("r")
    ) { done, size in
      #expect(size == declarations.count)
      heard.withLock { $0.append(done) }
    }
    let steps = heard.withLock { $0 }
    #expect(steps == steps.sorted() && steps.last == declarations.count && steps.count > 1)
  }
}
