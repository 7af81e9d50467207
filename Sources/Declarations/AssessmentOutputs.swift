/// The two files of a run: both appear, or neither does.
struct AssessmentOutputs {
  private let duties: OutputFile
  private let rejects: OutputFile

  init(duties: String, rejects: String, besides input: String) throws(DeclarationRunError) {
    try Self.checkDistinct(input: input, duties: duties, rejects: rejects)
    self.duties = try OutputFile(duties)
    self.rejects = try OutputFile(rejects)
    var header = CSVText()
    header.header(BlockAssessment.dutiesHeader)
    try self.duties.write(header.bytes)
    header = CSVText()
    header.header(BlockAssessment.rejectsHeader)
    try self.rejects.write(header.bytes)
  }

  func write(_ block: BlockAssessment) throws(DeclarationRunError) {
    try duties.write(block.duties.bytes)
    try rejects.write(block.rejects.bytes)
  }

  func publish() throws(DeclarationRunError) {
    try duties.settle()
    try rejects.settle()
    try duties.appear()
    do throws(DeclarationRunError) { try rejects.appear() } catch {
      duties.withdraw()
      throw error
    }
  }

  private static func checkDistinct(input: String, duties: String, rejects: String) throws(DeclarationRunError) {
    let (first, second) = (FilePath.canonical(duties), FilePath.canonical(rejects))
    if first == second, !FilePath.isSpecial(first) { throw .sameFile(duties) }
    // Standard input and standard output have the same name without being the same.
    guard input != "-" else { return }
    let source = FilePath.canonical(input)
    if source == first || source == second { throw .sameFile(input) }
  }
}
