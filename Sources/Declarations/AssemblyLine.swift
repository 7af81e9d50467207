import CSV
import Dispatch
import Synchronization

/// Hands out a file's blocks to workers and puts what they make of them back into the file's order.
///
/// At most `mostBlocks` blocks are on the line at a time, so that a slow one does not pile up those behind it. The first failure stops
/// it: no more blocks are handed out, and what is still delivered is dropped.
final class AssemblyLine: Sendable {
  private struct Intake {
    var file: CSVFile
    var next = 0
  }

  private struct Outlet {
    let outputs: AssessmentOutputs
    var summary = AssessmentSummary()
    /// The number of the block that is to be written next.
    var next = 0
    /// Blocks that are finished before their turn.
    var early: [Int: BlockAssessment] = [:]
    var failure: DeclarationRunError?
  }

  private let intake: Mutex<Intake>
  private let outlet: Mutex<Outlet>
  private let places: DispatchSemaphore
  private let size: Int?
  private let progress: @Sendable (Int, Int?) -> Void

  init(
    _ file: CSVFile, _ outputs: sending AssessmentOutputs, mostBlocks: Int,
    _ progress: @escaping @Sendable (Int, Int?) -> Void
  ) {
    size = file.size
    intake = Mutex(Intake(file: file))
    outlet = Mutex(Outlet(outputs: outputs))
    places = DispatchSemaphore(value: mostBlocks)
    self.progress = progress
  }

  /// The next block and its number, or nil at the end of the file and after a failure. Waits until there is a place on the line; every
  /// block must be delivered.
  func next() -> (number: Int, block: CSVFile.Block)? {
    places.wait()
    let taken = outlet.withLock { $0.failure == nil } ? take() : nil
    if taken == nil { places.signal() }
    return taken
  }

  private func take() -> (number: Int, block: CSVFile.Block)? {
    let answer: Result<(number: Int, block: CSVFile.Block)?, CSVError> = intake.withLock { intake in
      do throws(CSVError) {
        guard let block = try intake.file.next() else { return .success(nil) }
        intake.next += 1
        return .success((intake.next - 1, block))
      } catch { return .failure(error) }
    }
    switch answer {
    case .success(let taken): return taken
    case .failure(let error):
      outlet.withLock { $0.failure = $0.failure ?? .csv(error) }
      return nil
    }
  }

  func deliver(_ block: BlockAssessment, _ number: Int) {
    outlet.withLock { outlet in
      outlet.early[number] = block
      while let block = outlet.early.removeValue(forKey: outlet.next) {
        outlet.next += 1
        places.signal()
        guard outlet.failure == nil else { continue }
        do throws(DeclarationRunError) { try outlet.outputs.write(block) } catch { outlet.failure = error }
        outlet.summary.add(block.summary)
        progress(block.end, size)
      }
    }
  }

  /// After all workers have ended: the totals, with both files in their places.
  func finish() throws(DeclarationRunError) -> AssessmentSummary {
    try outlet.withLock { (outlet) throws(DeclarationRunError) in
      if let failure = outlet.failure { throw failure }
      try outlet.outputs.publish()
      return outlet.summary
    }
  }
}
