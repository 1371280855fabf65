/** Type-checks the files of one folder with the root compiler options: `node tools/typecheck.ts libs/core`. */
import ts from 'typescript';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name a folder: node tools/typecheck.ts libs/core');

const host: ts.FormatDiagnosticsHost = {
  getCanonicalFileName: (fileName) => fileName,
  getCurrentDirectory: () => process.cwd(),
  getNewLine: () => '\n',
};
const { config } = ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path)) as { config: object };
const { fileNames, options } = ts.parseJsonConfigFileContent(
  { ...config, include: [`${folder}/**/*.ts`] },
  ts.sys,
  '.',
);
const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options));

process.stderr.write(ts.formatDiagnosticsWithColorAndContext(diagnostics, host));
process.exitCode = diagnostics.length > 0 ? 1 : 0;
