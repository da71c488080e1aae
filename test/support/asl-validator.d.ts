declare module 'asl-validator' {
  type Report = { isValid: boolean; errorsText: (separator?: string) => string };
  const validate: (definition: unknown, options?: { checkPaths?: boolean; checkArn?: boolean }) => Report;
  export default validate;
}
