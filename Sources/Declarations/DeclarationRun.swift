import CSV
import Dispatch
import Tariff

/// Assesses a declaration file of any size in constant memory, on all cores.
///
/// Every line of the input but the header and blank ones ends in exactly one of two outputs, in the input's order, whatever the number
/// of workers. Outputs appear under their names only when the run is complete.
package struct DeclarationRun: Sendable {
  package let assessor: Assessor
  /// Whether each duty line ends with every step in words.
  package let isExplained: Bool
  private let workers: Int
  private let blockSize: Int

  /// - Parameters:
  ///   - assessor: the committed data, indexed.
  ///   - isExplained: whether each duty line ends with every step in words.
  ///   - workers: how many threads assess, at least one. Twice as many blocks are in memory at a time.
  ///   - blockSize: bytes of whole lines that one worker takes at a time.
  package init(assessor: Assessor, isExplained: Bool, workers: Int, blockSize: Int = 1 << 17) {
    (self.assessor, self.isExplained) = (assessor, isExplained)
    (self.workers, self.blockSize) = (max(1, workers), max(1, blockSize))
  }

  /// Assesses a file from its first line to its last.
  ///
  /// - Parameters:
  ///   - declarations: the path of the input, `-` for standard input.
  ///   - duties: the path of the assessed lines, `-` for standard output.
  ///   - rejects: the path of the rejected lines, `-` for standard output.
  ///   - progress: hears of bytes done, and of the file's size where it has one, after each block and from one thread at a time.
  /// - Returns: the totals of all lines.
  /// - Throws: ``DeclarationRunError`` where no output could be completed; then there is none.
  package func run(
    declarations: String, duties: String, rejects: String, progress: @escaping @Sendable (Int, Int?) -> Void
  ) throws(DeclarationRunError) -> AssessmentSummary {
    let file: CSVFile
    let reader: DeclarationReader
    do throws(CSVError) {
      file = try CSVFile(path: declarations, blockSize: blockSize)
      reader = try DeclarationReader(file.header, assessor.basis)
    } catch { throw .csv(error) }
    let outputs = try AssessmentOutputs(duties: duties, rejects: rejects, besides: declarations)
    let line = AssemblyLine(file, outputs, mostBlocks: workers * 2, progress)
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      while let (number, block) = line.next() {
        line.deliver(BlockAssessment(block, reader, assessor, isExplained: isExplained), number)
      }
    }
    return try line.finish()
  }
}
