import Declarations
import Glibc
import Synchronization

/// How far a run has come: a bar on a terminal, redrawn for each per cent, and nothing elsewhere.
final class TariffProgress: Sendable {
  private static let width = 30

  private let line = ProgressLine()
  /// What was shown last: per cent, or MiB of an input without a size.
  private let shown = Mutex(-1)

  func show(_ done: Int, of size: Int?) {
    let figure = size.map { done * 100 / max(1, $0) } ?? done >> 20
    let isNews = shown.withLock { last in
      defer { last = figure }
      return last != figure
    }
    guard isNews else { return }
    guard let size else { return line.show("\(figure) MiB") }
    let filled = min(Self.width, figure * Self.width / 100)
    let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: Self.width - filled)
    line.show("[\(bar)] \(figure) % of \(Show.bytes(UInt64(size)))")
  }

  func end() { line.end() }
}

/// What the end of a run means for the command.
enum TariffFailure {
  /// Runs with broken pipes as errors, so that everything is put away; what reads standard output then ends the process as it ends any
  /// other in a pipeline, without a word.
  static func translated<Answer>(_ run: () throws(DeclarationRunError) -> Answer) throws -> Answer {
    signal(SIGPIPE, SIG_IGN)
    do throws(DeclarationRunError) { return try run() } catch {
      if error == .brokenPipe {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
      }
      throw Failure.refused(error.code, error.sentence)
    }
  }
}
