package io.matriarch.simulation;

/** Runs one seed and prints all of it, or many and prints those that breach an invariant. */
final class SimulationMain {

    private SimulationMain() {
    }

    /** {@code SEED} prints one run; {@code FROM TO} runs a range. */
    public static void main(String[] args) {
        Quiet.loop();
        if (args.length == 1) {
            Simulation.Result result = Simulation.of(Long.parseLong(args[0])).printing(System.out::println).run();
            System.out.println(result.violation().orElse("no breach") + ", whole again after "
                    + result.healing() / Options.MILLI + " ms, digest " + Long.toHexString(result.digest()));
            return;
        }
        for (long seed = Long.parseLong(args[0]); seed < Long.parseLong(args[1]); seed++) {
            Simulation.Result result = Simulation.of(seed).run();
            result.violation().ifPresent(what -> System.out.println(result.seed() + " " + what));
        }
    }
}
