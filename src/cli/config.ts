/** `--config FILE`: options that stand in a file, JSON or YAML. What the command line says wins. */

import { type Command, InvalidArgumentError, type Option } from 'commander';
import { readYaml } from '../document.ts';
import { suggestion } from '../suggestion.ts';
import { TargetError } from '../targets/target.ts';

/** Gives every command that has options one more, and fills in what the file says before the command runs. */
export function addConfig(program: Command): Command {
  for (const command of program.commands)
    if (command.options.length > 0)
      command.option('--config <file>', 'these options from a JSON or YAML file; what is said here wins');
  return program.hook('preAction', (_, command) => {
    const file: unknown = command.getOptionValue('config');
    if (typeof file === 'string') fill(command, file);
  });
}

function fill(command: Command, file: string): void {
  const known = command.options.map(({ long }) => (long ?? '').slice(2)).filter(name => name !== 'config');
  for (const [name, value] of Object.entries(settings(file))) {
    const option = command.options.find(({ long }) => long === `--${name}`);
    if (option === undefined || name === 'config')
      throw new TargetError(
        `${file}: ${command.name()} has no option ${JSON.stringify(name)}.${suggestion(name, known)}`,
      );
    const key = option.attributeName();
    if (command.getOptionValueSource(key) !== 'cli')
      command.setOptionValueWithSource(key, asCommandLine(option, value, file, command), 'config');
  }
}

function settings(file: string): Readonly<Record<string, unknown>> {
  const content = readYaml(file);
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw new TargetError(`${file}: not options and their values`);
  return content as Readonly<Record<string, unknown>>;
}

/** As commander would have read it from the command line. */
function asCommandLine(option: Option, value: unknown, file: string, command: Command): unknown {
  const name = (option.long ?? '').slice(2);
  const bad = (message: string): TargetError => new TargetError(`${file}: ${name}: ${message}`);
  const takesValue = option.required || option.optional;
  if (typeof value === 'boolean') {
    const canBeOff = command.options.some(({ long }) => long === `--no-${name}`);
    if (takesValue && (value || !canBeOff)) throw bad('needs a value');
    return option.negate ? !value : value;
  }
  if (!takesValue) throw bad('is true or false');
  if (typeof value === 'object' && !Array.isArray(value)) throw bad('is one value, or a list');
  const text = String(value);
  try {
    return option.parseArg === undefined ? text : option.parseArg(text, undefined);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw bad(error.message);
    throw error;
  }
}
