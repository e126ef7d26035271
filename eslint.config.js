import { defineConfig, globalIgnores } from 'eslint/config';
import importSort from 'eslint-plugin-simple-import-sort';
import tseslint from 'typescript-eslint';

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'node_modules/', '.cluster/', '**/testdata/']),
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js'] } } },
    plugins: { 'import-sort': importSort },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 320, skipBlankLines: true, skipComments: true }],
      // One style of imports: one statement for a module, types among its values; packages, then the project's own, in alphabetical order.
      'no-duplicate-imports': ['error', { allowSeparateTypeImports: false }],
      'import-sort/imports': ['error', { groups: [['^node:', '^', '^\\.']] }],
      // One style of functions: arrows. Generators and overloads cannot be one.
      'no-restricted-syntax': [
        'error',
        {
          selector: 'FunctionDeclaration[generator=false]:not(TSDeclareFunction + FunctionDeclaration)',
          message: 'Write it as an arrow function in a constant.',
        },
      ],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
);
