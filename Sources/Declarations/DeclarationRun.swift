import CSV
import Dispatch
import Synchronization
import Tariff
import Trade

/// Why a run over a declaration file ended without a result. No output is left behind.
package enum DeclarationRunError: Error, Hashable, Sendable {
  case csv(CSVError)
  case output(path: String, reason: String)

  package var code: String {
    switch self {
    case .csv(let error): error.code
    case .output: "OUTPUT"
    }
  }

  package var sentence: String {
    switch self {
    case .csv(let error): error.sentence
    case .output(let path, let reason): "\(path): \(reason)"
    }
  }
}

/// Assesses a declaration file of any size in constant memory, on all cores.
///
/// Every line of the input but the header and blank ones ends in exactly one of two outputs, in the input's order. Outputs appear under
/// their names only when the run is complete.
package struct DeclarationRun: Sendable {
  package let assessor: Assessor
  /// Whether each duty line ends with every step in words.
  package let isExplained: Bool
  private let workers: Int
  private let blockSize: Int

  package init(assessor: Assessor, isExplained: Bool, workers: Int, blockSize: Int = 1 << 20) {
    (self.assessor, self.isExplained) = (assessor, isExplained)
    (self.workers, self.blockSize) = (max(1, workers), blockSize)
  }

  /// - Parameters:
  ///   - declarations: the path of the input, `-` for standard input.
  ///   - duties: the path of the assessed lines, `-` for standard output.
  ///   - rejects: the path of the rejected lines.
  ///   - progress: hears of bytes done, and of the file's size where it has one.
  package func run(
    declarations: String, duties: String, rejects: String, progress: (Int, Int?) -> Void
  ) throws(DeclarationRunError) -> AssessmentSummary {
    var source = try Source(declarations, blockSize, assessor.basis.profile.currency)
    let outputs = (duties: try OutputFile(duties), rejects: try OutputFile(rejects))
    try outputs.duties.write(header: BlockAssessment.dutiesHeader)
    try outputs.rejects.write(header: BlockAssessment.rejectsHeader)
    var summary = AssessmentSummary()
    var done = 0
    while true {
      let blocks = try source.blocks(workers * 2)
      guard !blocks.isEmpty else { break }
      for assessed in assess(blocks, source.reader) {
        try outputs.duties.write(assessed.duties)
        try outputs.rejects.write(assessed.rejects)
        summary.add(assessed.summary)
        done += assessed.bytes
      }
      progress(done, source.file.size)
    }
    try outputs.duties.finish()
    try outputs.rejects.finish()
    return summary
  }

  /// Assesses blocks side by side; the answers come in the blocks' order.
  private func assess(_ blocks: [CSVFile.Block], _ reader: DeclarationReader) -> [BlockAssessment] {
    let results = Mutex([BlockAssessment?](repeating: nil, count: blocks.count))
    DispatchQueue.concurrentPerform(iterations: blocks.count) { index in
      let assessed = BlockAssessment(blocks[index], reader, assessor, isExplained: isExplained)
      results.withLock { $0[index] = assessed }
    }
    return results.withLock { $0 }.compactMap(\.self)
  }
}

/// The input of a run: blocks, and how their lines are read.
private struct Source {
  var file: CSVFile
  let reader: DeclarationReader

  init(_ path: String, _ blockSize: Int, _ currency: Currency) throws(DeclarationRunError) {
    do throws(CSVError) {
      let file = try CSVFile(path: path, blockSize: blockSize)
      reader = DeclarationReader(
        columns: try DeclarationColumns(file.header), columnCount: file.header.names.count, currency: currency)
      self.file = file
    } catch { throw .csv(error) }
  }

  /// The next blocks, fewer at the end of the file.
  mutating func blocks(_ count: Int) throws(DeclarationRunError) -> [CSVFile.Block] {
    var blocks: [CSVFile.Block] = []
    do throws(CSVError) {
      while blocks.count < count, let block = try file.next() { blocks.append(block) }
    } catch { throw .csv(error) }
    return blocks
  }
}
